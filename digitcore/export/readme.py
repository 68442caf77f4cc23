"""The text that goes with an exported model: its preprocessing in words and numbers, and how to run it."""

from digitcore.export.parity import TOLERANCE
from digitcore.export.result import Exported, Signature
from digitcore.preprocessing import ink
from digitcore.preprocessing.mnist_style import BOX_SIDE, PREPROCESSING_VERSION, SIDE, STROKE_WIDTHS

NOTES_FILE = "PREPROCESSING.md"


_TEXT = """\
# {name} as {title}

`{file}` reads one handwritten digit. It returns the same probabilities as Keras: on {images} images of {data}, one alone and
all at once, none differed by more than {difference:.2g} (measured with {runtime}; the limit is {tolerance:g}).

## Input and output

| | name | type | shape | values |
| --- | --- | --- | --- | --- |
| input | `{input}` | float32 | (N, {side}, {side}, 1) | 0 (black paper) to 1 (white ink) |
| output | `{output}` | float32 | (N, 10) | probabilities of the digits 0, 1, 2 ... 9, in this order; each row sums to 1 |

N, the number of images, is arbitrary. Rows run from top to bottom, columns from left to right. MNIST's pixels, 0 to 255, are
divided by 255. There is no other scaling: no mean is subtracted, and nothing is divided by a standard deviation.

```python
{example}
```

## From a picture to the input

The network was trained on images made in the same way as MNIST's (LeCun et al., 1998). Bring other pictures into that form with
these steps, version {version}:

1. **Upright, grey.** Rotate the picture by its EXIF orientation. Put transparent parts on white, or on black if the ink would
   vanish on white. Brightness is 0.299 red + 0.587 green + 0.114 blue, 0 to 1. If the long side is longer than {analysis}
   pixels, reduce it to that by averaging.
2. **Ink from paper.** Ink differs from the background; the sign of the sum of the cubed differences tells whether it is darker
   or lighter. In a drawing or scan, the background is the median of the rim, which is a twelfth of the short side wide. In a
   photograph, a white top-hat transform as wide as a third of the short side removes uneven light. The ink mask holds all
   pixels above Otsu's threshold. The picture is blank if the ink differs by less than {contrast:.0%} of full brightness, or of
   a dim photograph's own brightness.
3. **Clean.** Remove ruled lines, anything that reaches in from the border of a photograph, and specks smaller than {speck:.0%}
   of the largest part's area. Scale so that the ink's 90th percentile (in a photograph, its median) becomes 1 and paper 0.
4. **Crop** to the box of all pixels above 0.1.
5. **Stroke width.** If the mean stroke, scaled to the box of step 6, would be thinner than {thin} or thicker than {thick}
   pixels, move the outline until the stroke is that wide.
6. **Scale** so that the long side has {box} pixels and the aspect ratio is kept: by averaging to shrink, bicubic to enlarge.
7. **Centre.** Place the digit on {side} x {side} zeros so that its centre of mass, weighted by the grey levels, is at
   ({middle}, {middle}), rounded to whole pixels, as far as it fits.

If a picture has several digits, each is cut out and read separately. If the highest probability is below 0.5, the best guess is
more likely wrong than right, so it is better to name no digit.
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
