"""The picture of a network: a block for each layer, which changes with the settings."""

import base64
import math

import streamlit as st

from digitcore.errors import DigitcoreError
from digitcore.figures import palette
from digitcore.networks.cost import IMAGE_SIZE, LayerCost, network_cost
from ui.shared.glossary import explain
from ui.train.form import read_network

TITLES = {"convolution": "Convolution", "pooling": "Pooling", "global average": "Average", "dense": "Dense layer"}
COLOURS = {
    "image": palette.OTHERS,
    "convolution": palette.BLUE,
    "pooling": palette.ORANGE,
    "global average": palette.ORANGE,
    "dense": palette.GREEN,
}
#: Width and height of a drawing, and the side of the largest feature map in it.
WIDTH, HEIGHT, SIDE = 84, 76, 56
#: At most so many feature maps of a layer are drawn behind each other.
SHEETS = 6


def show_network() -> None:
    """The network that the form describes, whatever the other settings are."""
    st.markdown("**The network**", help=explain("convolution", "pooling", "dense layer", "parameters"))
    try:
        cost = network_cost(*read_network())
    except DigitcoreError:
        st.caption("With these settings there is no network. The reason stands beside Start.")
        return
    st.html(network_picture(cost.layers))
    st.caption(f"From the image to ten probabilities. All layers together have {cost.parameters:,} parameters.")


def network_picture(layers: tuple[LayerCost, ...]) -> str:
    """An HTML list with a small drawing of each layer: as many sheets as fit, each as large as the layer's feature maps.

    The shapes and parameters are text, so that a screen reader reads them.
    """
    blocks = [_block("Image", f"{IMAGE_SIZE}×{IMAGE_SIZE}", "", _sheets(IMAGE_SIZE, 1, COLOURS["image"]))]
    for layer in layers:
        is_last = layer is layers[-1]
        title = "Output" if is_last else TITLES[layer.kind]
        shape = f"{layer.channels} × {layer.size}×{layer.size}" if layer.size > 1 else f"{layer.channels} numbers"
        drawing = _sheets(layer.size, layer.channels, COLOURS[layer.kind]) if layer.size > 1 else _column(layer)
        blocks.append(_block(title, shape, f"{layer.parameters:,}" if layer.parameters else "", drawing))
    return f'<ol class="train-network" aria-label="The layers of the network">{"".join(blocks)}</ol>'


def _block(title: str, shape: str, parameters: str, drawing: str) -> str:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">{drawing}</svg>'
    # As a picture, because Streamlit takes the SVG element out of HTML.
    url = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
    learned = f"<small>{parameters} parameters</small>" if parameters else "<small>&nbsp;</small>"
    return f'<li><img src="{url}" alt="" width="{WIDTH}" height="{HEIGHT}"><b>{title}</b><span>{shape}</span>{learned}</li>'


def _sheets(size: int, channels: int, colour: str) -> str:
    """Feature maps behind each other; twice as many channels are one sheet more."""
    side = 6 + (SIDE - 6) * size / IMAGE_SIZE
    count = min(SHEETS, 1 + int(math.log2(channels)))
    left, top = (WIDTH - side - 4 * (count - 1)) / 2, HEIGHT - side - 2
    return "".join(_rectangle(left + 4 * number, top - 3 * number, side, side, colour) for number in reversed(range(count)))


def _column(layer: LayerCost) -> str:
    """A list of numbers as a bar; twice as many are a step higher."""
    height = min(HEIGHT - 4.0, 6 * math.log2(max(2, layer.channels)))
    return _rectangle(WIDTH / 2 - 6, HEIGHT - height - 2, 12, height, COLOURS[layer.kind])


def _rectangle(x: float, y: float, width: float, height: float, colour: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="2" '
        f'fill="{colour}" stroke="white" stroke-width="1"/>'
    )
