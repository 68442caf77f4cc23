"""The text that goes with an exported model: its preprocessing in words and numbers, and how to run it."""

from digitcore.export.parity import TOLERANCE
from digitcore.export.result import Exported, Signature
from digitcore.preprocessing import ink
from digitcore.preprocessing.mnist_style import BOX_SIDE, PREPROCESSING_VERSION, SIDE, STROKE_WIDTHS

NOTES_FILE = "PREPROCESSING.md"


_TEXT = """\
# {name} as {title}

`{file}` reads one handwritten digit. It gives the probabilities that Keras gives: on {images} images of {data}, one alone and
all at once, none differed by more than {difference:.2g} (measured with {runtime}; the limit is {tolerance:g}).

## Input and output

| | name | type | shape | values |
| --- | --- | --- | --- | --- |
| input | `{input}` | float32 | (N, {side}, {side}, 1) | 0 black paper to 1 white ink |
| output | `{output}` | float32 | (N, 10) | probabilities of the digits 0, 1, 2 ... 9, in this order; each row's sum is 1 |

N, the number of images, is free. Rows run from top to bottom, columns from left to right. There is no other scaling: no mean is
subtracted, nothing is divided by a deviation. A pixel of MNIST, 0 to 255, is divided by 255.

```python
{example}
```

## From a picture to the input

The network was trained on images made as MNIST's were (LeCun et al., 1998). Other pictures must be brought into that form;
version {version} of the steps:

1. **Upright, grey.** Turn the picture as its EXIF orientation says. Lay transparency on white; where the ink would vanish
   there, on black. Brightness is 0.299 red + 0.587 green + 0.114 blue, 0 to 1. Reduce the long side to {analysis} pixels by
   averaging, if it is longer.
2. **Ink from paper.** Ink is what differs from the background, dark on light or light on dark: the ink's side is the sign of
   the summed cubes of the differences from it. The background is the median of the rim, a twelfth of the short side wide, in
   a drawing or scan. In a photograph, uneven light is taken away with a white top-hat as wide as a third of the short side.
   The ink mask is what lies above Otsu's threshold. A picture whose ink differs by less than {contrast:.0%} of full
   brightness, in a dim photograph of its light, is blank.
3. **Clean.** Drop ruled lines, what reaches in from the border of a photograph, and specks below {speck:.0%} of the largest
   part's area. The ink's 90th percentile (in a photograph: its median) becomes 1, paper 0; values between stay between.
4. **Crop** to the box of all pixels above 0.1.
5. **Stroke width.** Where the mean stroke, once scaled to the box of step 6, would be thinner than {thin} or thicker than
   {thick} pixels, move the outline until it is that wide.
6. **Scale** so that the long side has {box} pixels, the aspect kept: by averaging on the way down, bicubic on the way up.
7. **Centre.** Place it on {side} x {side} zeros so that its centre of mass, grey levels as weights, lies at ({middle},
   {middle}), rounded to whole pixels, as far as it fits.

With several digits in a picture each is cut out and read alone. Below a probability of 0.5 the best guess is wrong about as
often as right, so it is better to name no digit then.
"""

_EXAMPLES = {
    "litert": """\
from ai_edge_litert.interpreter import Interpreter

interpreter = Interpreter("model.tflite")
model_input, model_output = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
interpreter.resize_tensor_input(model_input["index"], images.shape)  # images: float32 (N, 28, 28, 1)
interpreter.allocate_tensors()
interpreter.set_tensor(model_input["index"], images)
interpreter.invoke()
probabilities = interpreter.get_tensor(model_output["index"])""",
    "onnx": """\
import onnxruntime

session = onnxruntime.InferenceSession("model.onnx")
(probabilities,) = session.run(None, {{"{input}": images}})  # images: float32 (N, 28, 28, 1)""",
    "savedmodel": """\
import tensorflow as tf

serve = tf.saved_model.load("saved_model").signatures["serving_default"]
probabilities = serve({input}=tf.constant(images))["{output}"].numpy()  # images: float32 (N, 28, 28, 1)""",
}


def describe(name: str, title: str, file: str, signature: Signature, result: Exported) -> str:
    """The text of ``PREPROCESSING.md``, with the numbers that the code uses."""
    thin, thick = STROKE_WIDTHS
    return _TEXT.format(
        name=name,
        title=title,
        file=file,
        images=result.images,
        data=result.data,
        difference=result.largest_difference,
        runtime=result.runtime,
        tolerance=TOLERANCE,
        input=signature.input,
        output=signature.output,
        example=_EXAMPLES[result.format].format(input=signature.input, output=signature.output),
        version=PREPROCESSING_VERSION,
        side=SIDE,
        box=BOX_SIDE,
        middle=SIDE // 2,
        thin=thin,
        thick=thick,
        analysis=ink.ANALYSIS_SIDE,
        contrast=ink.MIN_CONTRAST,
        speck=ink.SPECK_SHARE,
    )
