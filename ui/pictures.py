"""Arrays -> pictures that ``st.image`` shows.

They travel inside the page as data URLs: a file of their own would be gone where the next stroke comes before the browser has
fetched it, and would cost a request each.
"""

import base64
import io

import numpy as np
from PIL import Image, ImageOps

GREY = 128


def tile(pixels: np.ndarray, side: int) -> str:
    """A square picture of a float ``(H, W)`` array in 0-1, sharp on a dense screen: small arrays stay pixels."""
    image = Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    side *= 2
    scale = (side - 2) / max(image.size)
    size = [max(1, round(length * scale)) for length in image.size]
    image = image.resize(size, Image.Resampling.NEAREST if scale > 1 else Image.Resampling.BOX)
    square = Image.new("L", (side, side), GREY)
    framed = ImageOps.expand(image, border=1, fill=GREY)
    square.paste(framed, ((side - framed.width) // 2, (side - framed.height) // 2))
    return f"data:image/png;base64,{base64.b64encode(as_png(square)).decode()}"


def as_png(image: Image.Image) -> bytes:
    """The bytes of a PNG file."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
