"""Every kind of file that a visitor may bring, and every kind that is turned away."""

import io
import re
import struct
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageFile

from digitcore.errors import ImageError
from digitcore.networks.recogniser import recognise
from digitcore.preprocessing import pictures
from digitcore.preprocessing.pictures import load_picture
from tests.pictures import STROKES, as_file, draw_digit, draw_strokes

SIDE = 200
DIGITS = pytest.mark.parametrize("digit", [2, 3, 4, 5, 7, 9])
CUT_OFF = "The file is cut off; only the remaining part was read."

#: How a camera that was turned stores an upright picture, by EXIF orientation.
STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def ink_only(digit, colour, background=(0, 0, 0, 0)):
    """A digit on a layer that is transparent elsewhere."""
    image = Image.new("RGBA", (SIDE, SIDE), background)
    draw_strokes(image, STROKES[digit], (0, 0), SIDE, colour=colour)
    return image


def on_long_paper(digit):
    """A digit at the top of a sheet of grainy paper, so that a file cut in its last third still has the whole digit."""
    sheet = Image.new("RGB", (SIDE, 2 * SIDE), "white")
    sheet.paste(draw_digit(digit, SIDE))
    grain = np.random.default_rng(0).integers(0, 12, (2 * SIDE, SIDE, 1))
    return Image.fromarray(np.clip(np.asarray(sheet).astype(int) - grain, 0, 255).astype(np.uint8))


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_header(width, height):
    """A PNG that declares a size and has no pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"no pixels")


@pytest.fixture
def nothing_is_decoded(monkeypatch):
    """Fails the test where any pixel is decoded."""

    def fail(*_):
        pytest.fail("The picture was decoded.")

    monkeypatch.setattr(Image.Image, "load", fail)
    monkeypatch.setattr(ImageFile.ImageFile, "load", fail)


# What is read: each picture shows the same digit as the clean drawing.


@DIGITS
@pytest.mark.parametrize(
    ("colour", "background"),
    [
        pytest.param((0, 0, 0, 255), (0, 0, 0, 0), id="black on transparent"),
        pytest.param((255, 255, 255, 255), (0, 0, 0, 0), id="white on transparent"),
        pytest.param((255, 255, 255, 255), (255, 255, 255, 0), id="white on transparent white"),
        pytest.param((200, 30, 30, 255), (0, 0, 0, 0), id="red on transparent"),
        pytest.param((255, 230, 0, 255), (0, 0, 0, 0), id="yellow on transparent"),
        pytest.param((0, 0, 0, 128), (255, 255, 255, 0), id="half-transparent black"),
    ],
)
def test_ink_on_a_transparent_layer(digit, colour, background):
    """Ink of any colour on a transparent layer is read."""
    assert recognise(as_file(ink_only(digit, colour, background))).text == str(digit)


@DIGITS
@pytest.mark.parametrize("transparency", [pytest.param(1, id="one index"), pytest.param(bytes([255, 0]), id="a table")])
def test_palette_with_transparency(digit, transparency):
    """A palette PNG whose paper is transparent is read, though ink and paper have the same colour."""
    image = Image.new("P", (SIDE, SIDE), 1)
    image.putpalette([0, 0, 0, 0, 0, 0])
    draw_strokes(image, STROKES[digit], (0, 0), SIDE, colour=0)
    assert recognise(as_file(image, transparency=transparency)).text == str(digit)


@DIGITS
@pytest.mark.parametrize(("darkest", "lightest"), [(0, 65535), (20000, 60000), (0, 255)])
def test_sixteen_bits(digit, darkest, lightest):
    """A 16-bit PNG keeps its contrast: it is not clipped at 255."""
    grey = np.asarray(draw_digit(digit, SIDE).convert("L")) / 255
    deep = Image.fromarray((darkest + grey * (lightest - darkest)).astype(np.uint16))
    assert recognise(as_file(deep)).text == str(digit)


@DIGITS
def test_cmyk_jpeg(digit):
    """A JPEG in a printer's colours is read."""
    assert recognise(as_file(draw_digit(digit, SIDE).convert("CMYK"), "JPEG")).text == str(digit)


@DIGITS
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_modes_of_png(digit, mode):
    """A PNG in black and white, grey, palette or full colour is read."""
    assert recognise(as_file(draw_digit(digit, SIDE).convert(mode))).text == str(digit)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", list(STORED))
def test_exif_orientation(orientation, format):
    """A photo from a turned camera is put upright first."""
    upright = draw_digit(7, SIDE)
    stored = upright.transpose(STORED[orientation])
    found = load_picture(as_file(stored, format, exif=exif(orientation), **({"lossless": True} if format == "WEBP" else {})))
    expected = load_picture(as_file(upright, "PNG"))
    assert np.abs(found.pixels - expected.pixels).mean() < 0.01
    assert recognise(as_file(stored, format, exif=exif(orientation))).text == "7"


def test_exif_orientation_of_a_pil_image():
    """A PIL image that carries an orientation is put upright too."""
    stored = Image.open(io.BytesIO(as_file(draw_digit(4, SIDE).transpose(STORED[6]), "JPEG", exif=exif(6))))
    assert recognise(stored).text == "4"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_damaged_exif(format):
    """A picture whose EXIF block is nonsense is read as it lies."""
    content = as_file(draw_digit(3, SIDE), format, exif=b"Exif\x00\x00XX\x00*\x00\x00\x00\x08\x00\x01")
    assert recognise(content).text == "3"


@pytest.mark.filterwarnings("ignore:Tag data larger than file")
def test_damaged_exif_beside_an_orientation():
    """A picture with an orientation and another EXIF tag that makes no sense is put upright all the same."""
    tags = struct.pack(">HHII", 0x0112, 3, 1, 6 << 16) + struct.pack(">HHII", 0x0132, 2, 400, 0x7FFF)
    block = b"Exif\x00\x00MM\x00*\x00\x00\x00\x08" + struct.pack(">H", 2) + tags + b"\x00\x00\x00\x00"
    content = as_file(draw_digit(4, SIDE).transpose(STORED[6]), "JPEG", exif=block)
    assert recognise(content).text == "4"


@DIGITS
@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_animation(digit, format):
    """Of an animation the first frame is read, and a note says so."""
    others = [draw_digit((digit + 1) % 10, SIDE), Image.new("RGB", (SIDE, SIDE), "white")]
    found = recognise(as_file(draw_digit(digit, SIDE), format, save_all=True, append_images=others, duration=100))
    assert found.text == str(digit)
    assert found.notes == ("The picture is animated; its first frame was read.",)


def test_photo_with_a_second_picture_is_not_called_animated():
    """A phone's JPEG that carries a second picture (MPO) is read without the remark that it is animated."""
    found = recognise(as_file(draw_digit(6, SIDE), "MPO", save_all=True, append_images=[draw_digit(1, SIDE)]))
    assert found.text == "6"
    assert found.notes == ()


@DIGITS
@pytest.mark.parametrize(
    ("format", "options"),
    [
        pytest.param("PNG", {}, id="PNG"),
        pytest.param("JPEG", {"quality": 90}, id="baseline JPEG"),
        pytest.param("JPEG", {"quality": 90, "subsampling": 0}, id="JPEG without subsampling"),
        pytest.param("JPEG", {"quality": 90, "progressive": True}, id="progressive JPEG"),
    ],
)
def test_cut_off_file(digit, format, options):
    """A file that breaks off below the digit is read, and a note says that it is cut off."""
    content = as_file(on_long_paper(digit), format, **options)
    found = recognise(content[: int(0.75 * len(content))])
    assert found.text == str(digit)
    assert found.notes == (CUT_OFF,)


@pytest.mark.parametrize("share", [0.7, 0.75, 0.8])
@pytest.mark.parametrize(("format", "half_rows"), [("PNG", 1), ("JPEG", 0)])
def test_cut_off_file_loses_its_missing_rows(format, half_rows, share):
    """Of a file that breaks off only the rows that are there are kept, so that the rest is not taken for ink."""
    content = as_file(on_long_paper(3), format)
    picture = load_picture(content[: int(share * len(content))])
    whole = load_picture(content)
    rows = len(picture.pixels)
    assert SIDE < rows < 2 * SIDE
    assert np.array_equal(picture.pixels[: rows - half_rows], whole.pixels[: rows - half_rows])


def test_cut_off_photo_from_a_turned_camera():
    """A JPEG that breaks off and has an orientation is put upright, too."""
    upright = on_long_paper(4).transpose(Image.Transpose.ROTATE_180)  # the digit lies on its head, at the bottom
    stored = as_file(upright.transpose(STORED[3]), "JPEG", exif=exif(3), quality=90)
    whole = load_picture(stored).pixels
    cut = load_picture(stored[: int(0.75 * len(stored))])
    assert cut.notes == (CUT_OFF,)
    rows = len(cut.pixels)
    assert rows < len(whole)
    assert np.abs(cut.pixels - whole[-rows:]).mean() < 0.02


def test_threads_that_read_cut_off_files_at_once():
    """Eight threads that read cut-off files at the same time all read the same."""
    content = as_file(on_long_paper(3).resize((500, 1000)), "PNG")
    content = content[: int(0.75 * len(content))]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(load_picture, [content] * 32))
    assert {(picture.notes, picture.pixels.shape) for picture in found} == {((CUT_OFF,), found[0].pixels.shape)}
    assert found[0].pixels.shape[0] < 1000


def test_a_picture_that_takes_long_holds_up_no_other(monkeypatch):
    """While one thread is still busy with a cut-off file, another reads its picture."""
    salvaging, may_end, salvage = threading.Event(), threading.Event(), pictures._salvage

    def slow(*arguments):
        salvaging.set()
        assert may_end.wait(60)
        return salvage(*arguments)

    monkeypatch.setattr(pictures, "_salvage", slow)
    good = as_file(draw_digit(3, SIDE), "JPEG")
    cut = as_file(on_long_paper(3), "PNG")[:-2000]
    with ThreadPoolExecutor(2) as pool:
        busy = pool.submit(load_picture, cut)
        assert salvaging.wait(60)
        assert pool.submit(load_picture, good).result(60).notes == ()
        assert not busy.done()
        may_end.set()
        assert busy.result(60).notes == (CUT_OFF,)


@pytest.mark.parametrize("name", ["digit.png", "digit.webp", "digit", "digit.txt"])
def test_wrong_extension(name, tmp_path):
    """A JPEG is read whatever its file is called."""
    path = tmp_path / name
    path.write_bytes(as_file(draw_digit(5, SIDE), "JPEG"))
    assert recognise(path).text == "5"


# What is blank.


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_uniform_picture(level, format):
    """A picture of one colour gives no digit and says why."""
    found = recognise(as_file(Image.new("RGB", (SIDE, SIDE), (level, level, level)), format))
    assert found.digit is None
    assert found.text == ""
    assert found.confidence == 0
    assert not found.probabilities.any()
    assert found.reason == "The picture is blank: nothing stands out from its background."


def test_empty_layer():
    """A layer on which nothing was drawn gives no digit and says why."""
    found = recognise(as_file(Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))))
    assert found.digit is None
    assert "blank" in found.reason


def test_grainy_paper():
    """A photo of empty paper gives no digit and says why."""
    grain = np.random.default_rng(0).normal(200, 3, (SIDE, SIDE)).clip(0, 255).astype(np.uint8)
    found = recognise(grain)
    assert found.digit is None
    assert "blank" in found.reason


@pytest.mark.parametrize("size", [1, 3, 6])
def test_dot(size):
    """A single dot gives no digit and says why."""
    image = np.full((SIDE, SIDE), 255, np.uint8)
    image[90 : 90 + size, 120 : 120 + size] = 0
    found = recognise(image)
    assert found.digit is None
    assert found.reason == "There is only a dot. Draw a whole digit."


# What is turned away.


@pytest.mark.parametrize(("width", "height"), [(1, 1), (20000, 1), (1, 20000), (7, 7), (7, 500)])
def test_too_small(width, height):
    """A picture too small for a digit is refused with its size."""
    with pytest.raises(ImageError, match=rf"The picture is {width} x {height} pixels; at least 8 "):
        load_picture(as_file(Image.new("RGB", (width, height), "white")))


@pytest.mark.parametrize("shape", [(8, 20000), (9, 3000), (20000, 8)])
@pytest.mark.filterwarnings("error")
def test_extremely_long_picture(shape):
    """A strip of grainy paper is called blank, however long it is, and no calculation goes astray."""
    strip = np.random.default_rng(0).integers(256, size=shape, dtype=np.uint8)
    found = recognise(strip)
    assert found.digit is None
    assert found.reason


def test_too_many_pixels_is_seen_in_the_header(nothing_is_decoded):
    """A picture of over 20 megapixels is refused before a pixel is decoded."""
    with pytest.raises(ImageError, match=r"The picture is 6000 x 6000, 36\.0 megapixels; the limit is 20\."):
        load_picture(png_header(6000, 6000))


def test_decompression_bomb(nothing_is_decoded):
    """A file that declares more pixels than any memory holds is refused before a pixel is decoded."""
    with pytest.raises(ImageError, match="over the limit of 20 megapixels"):
        load_picture(png_header(100_000, 100_000))


def test_named_megapixels_are_over_the_limit():
    """The message about a picture just over the limit does not name the limit itself as its size."""
    with pytest.raises(ImageError) as caught:
        load_picture(png_header(4500, 4500))
    assert float(re.search(r"([\d.]+) megapixels", str(caught.value))[1]) > 20


def test_nearly_too_many_pixels():
    """A picture of just under 20 megapixels is read."""
    assert recognise(draw_digit(2, 4400)).text == "2"


def test_too_many_bytes(tmp_path):
    """A file over 10 MB is refused with its size, from a path before it is read."""
    content = as_file(draw_digit(2, SIDE)).ljust(pictures.MAX_BYTES + 200_000, b"\0")
    path = tmp_path / "large.png"
    path.write_bytes(content)
    for source in (content, path):
        with pytest.raises(ImageError, match=r"The file is 10\.2 MB; the limit is 10 MB\."):
            load_picture(source)


def test_photo_of_48_megapixels():
    """A phone's largest JPEG is decoded small: its full size is known, its digit is read, and the memory stays small."""
    sheet = Image.new("L", (8000, 6000), 235)
    sheet.paste(draw_digit(7, 3000).convert("L").point(lambda value: max(40, value - 20)), (2500, 1500))
    photo = as_file(sheet, "JPEG")
    picture = load_picture(photo)
    assert picture.size == (6000, 8000)
    assert max(picture.pixels.shape) <= 2000
    found = recognise(photo)
    assert found.text == "7"
    assert 2500 < found.digits[0].box.left < found.digits[0].box.right < 5500
    with pytest.raises(ImageError, match=r"48\.0 megapixels; the limit is 20"):
        load_picture(as_file(sheet, "JPEG", progressive=True))


def test_just_ten_megabytes():
    """A file of exactly 10 MB is read."""
    assert recognise(as_file(draw_digit(2, SIDE)).ljust(pictures.MAX_BYTES, b"\0")).text == "2"


def test_empty_file(tmp_path):
    """An empty file is called empty."""
    path = tmp_path / "empty.png"
    path.touch()
    for source in (b"", path):
        with pytest.raises(ImageError, match="The file is empty"):
            load_picture(source)


@pytest.mark.parametrize("format", ["GIF", "BMP", "TIFF", "PDF", "PPM", "ICO", "TGA"])
def test_other_formats(format, monkeypatch):
    """A file of another format is refused, and no decoder but those of PNG, JPEG and WebP is tried."""
    content = as_file(draw_digit(1, SIDE), format)

    def fail(*_):
        pytest.fail(f"The decoder of {format} was opened.")

    Image.init()
    for name in set(Image.OPEN) - {"PNG", "JPEG", "WEBP"}:
        monkeypatch.setitem(Image.OPEN, name, (fail, fail))
    with pytest.raises(ImageError, match="This is not a PNG, JPEG or WebP picture"):
        load_picture(content)


@pytest.mark.parametrize("brand", [b"heic", b"mif1"])
def test_heic_is_named(brand):
    """A phone's HEIC photo is called one, with what to do."""
    with pytest.raises(ImageError, match=r"This is a HEIC photo.*JPEG"):
        load_picture(b"\0\0\0\x18ftyp" + brand + bytes(200))


@pytest.mark.parametrize("content", [b"\x89PNG", b"hello", b"\0" * 500, b"\xff\xd8\xff", b"<svg/>", b"RIFF\0\0\0\0WEBPVP8 "])
def test_no_picture_at_all(content):
    """Bytes that are no picture are refused with a sentence."""
    with pytest.raises(ImageError, match=r"not a PNG, JPEG or WebP picture|damaged"):
        load_picture(content)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_damaged_file_gives_a_picture_or_a_sentence(format):
    """A file with bytes changed or missing gives a picture or an ``ImageError``, never another exception."""
    generator = np.random.default_rng(0)
    content = as_file(draw_digit(5, 48), format, exif=exif(6))
    read, reasons = 0, []
    for _ in range(300):
        damaged = bytearray(content)
        for position in generator.integers(0, len(content), 3):
            damaged[position] = generator.integers(256)
        if generator.random() < 0.3:
            del damaged[generator.integers(1, len(content)) :]
        try:
            load_picture(bytes(damaged))
            read += 1
        except ImageError as error:
            reasons.append(str(error))
    assert read
    assert reasons
    assert all(reason.endswith(".") and "\n" not in reason for reason in reasons)


def test_cut_off_before_the_first_row():
    """A file that breaks off before its first row is refused with a sentence."""
    content = as_file(on_long_paper(3), "PNG")
    with pytest.raises(ImageError, match="cut off before its first row"):
        load_picture(content[:60])


@pytest.mark.parametrize(
    ("array", "found"),
    [
        pytest.param(np.zeros((28, 28)), r"float64 \(28, 28\)", id="floats"),
        pytest.param(np.zeros((28, 28), np.int64), r"int64 \(28, 28\)", id="long integers"),
        pytest.param(np.zeros((28, 28), bool), r"bool \(28, 28\)", id="booleans"),
        pytest.param(np.zeros(784, np.uint8), r"uint8 \(784,\)", id="a flat image"),
        pytest.param(np.zeros((28, 28, 1), np.uint8), r"uint8 \(28, 28, 1\)", id="one channel"),
        pytest.param(np.zeros((28, 28, 2), np.uint8), r"uint8 \(28, 28, 2\)", id="two channels"),
        pytest.param(np.zeros((5, 28, 28, 3), np.uint8), r"uint8 \(5, 28, 28, 3\)", id="a batch"),
    ],
)
def test_arrays_of_another_kind(array, found):
    """An array of another type or shape is refused with what came and what was expected."""
    with pytest.raises(ImageError, match=rf"The array is {found}; expected uint8 \(H, W\), \(H, W, 3\) or \(H, W, 4\)\."):
        load_picture(array)


def test_array_too_large_or_too_small():
    """An array is held to the same sizes as a file."""
    with pytest.raises(ImageError, match="5000 x 5000"):
        load_picture(np.zeros((5000, 5000), np.uint8))
    with pytest.raises(ImageError, match="28 x 0 pixels"):
        load_picture(np.zeros((0, 28), np.uint8))


@pytest.mark.parametrize("source", [None, 7, ["a.png"], io.BytesIO(b"x")])
def test_sources_of_another_kind(source):
    """Anything else is refused with its type and what can be given."""
    with pytest.raises(ImageError, match=rf"Cannot read a picture from {type(source).__name__}: give a path"):
        load_picture(source)


def test_missing_file(tmp_path):
    """A path that leads nowhere is named in the message."""
    path = tmp_path / "nowhere.png"
    with pytest.raises(ImageError, match=rf"{re.escape(str(path))} cannot be read: No such file"):
        load_picture(path)


def test_folder_for_a_file(tmp_path):
    """A folder in place of a file is refused with a sentence."""
    with pytest.raises(ImageError, match="cannot be read: Is a directory"):
        load_picture(tmp_path)


def test_impossible_path():
    """A path that no file system takes is refused with a sentence."""
    with pytest.raises(ImageError, match="cannot be read"):
        load_picture("a\0b.png")


def test_cut_off_pil_image():
    """A PIL image whose file turns out to be cut off is refused with a sentence."""
    content = as_file(on_long_paper(3), "PNG")
    with pytest.raises(ImageError, match=r"damaged|cut off"):
        load_picture(Image.open(io.BytesIO(content[: len(content) // 2])))


# Cost.


def progressive(scans):
    """A progressive JPEG with so many scans: the last one repeated."""
    content = as_file(draw_digit(3, SIDE), "JPEG", progressive=True)
    first, last = content.index(b"\xff\xda"), content.rindex(b"\xff\xda")
    own = content.count(b"\xff\xda")
    assert first < last
    return content[:-2] + content[last:-2] * (scans - own) + content[-2:]


@pytest.fixture
def many_scans():
    return progressive(101)


def test_jpeg_with_many_scans_is_refused(many_scans, nothing_is_decoded):
    """A JPEG that repeats a scan, and so costs a minute to decode, is refused before any pixel is decoded."""
    with pytest.raises(ImageError, match="more than 100 scans"):
        load_picture(many_scans)


def test_jpeg_with_as_many_scans_as_allowed():
    """A hundred scans are read."""
    assert load_picture(progressive(100)).size == (SIDE, SIDE)


def test_scans_of_a_preview_do_not_count():
    """What lies inside a JPEG's metadata, such as a preview with scans of its own, is no scan of the picture."""
    block = b"Exif\x00\x00" + b"\xff\xda\x00\x02" * 200
    assert load_picture(as_file(draw_digit(3, SIDE), "JPEG", exif=block)).size == (SIDE, SIDE)


def test_restart_markers_are_no_scans():
    """A JPEG with a restart marker in every row of blocks is read."""
    content = as_file(draw_digit(3, SIDE), "JPEG", restart_marker_blocks=1)
    assert content.count(b"\xff\xd0") > 10
    assert load_picture(content).size == (SIDE, SIDE)


@pytest.fixture
def large_webp():
    return as_file(Image.new("L", (16383, 1220)), "WEBP")


def test_large_webp_is_refused(large_webp, nothing_is_decoded):
    """Pillow needs several times the memory for a WebP, so its limit is lower: 12 megapixels."""
    with pytest.raises(ImageError, match=r"16383 x 1220, 20\.0 megapixels; the limit is 12"):
        load_picture(large_webp)


def test_webp_within_its_limit():
    """A WebP of a phone's 12 megapixels is read."""
    assert load_picture(as_file(Image.new("RGB", (4000, 3000), "white"), "WEBP")).size == (3000, 4000)


# Size.


def test_large_picture_is_reduced():
    """A picture over 1024 pixels is reduced, and its own size is told."""
    picture = load_picture(draw_digit(2, 3000))
    assert picture.size == (3000, 3000)
    assert picture.pixels.shape == (1500, 1500)


def test_picture_is_brightness_from_0_to_1():
    """A picture comes back as float32 brightness, 0 black to 1 white."""
    picture = load_picture(np.array([[0, 255] * 8] * 16, np.uint8))
    assert picture.pixels.dtype == np.float32
    assert picture.pixels.shape == (16, 16)
    assert np.array_equal(picture.pixels[0, :2], [0, 1])
    assert picture.size == (16, 16)
    assert picture.notes == ()
