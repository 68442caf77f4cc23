"""Images of a set in a grid: each with its label, what the models read, and a link to the page that explains the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from digitcore.figures.words import percent
from digitcore.preprocessing.links import encode
from ui.shared.pictures import tile

if TYPE_CHECKING:
    from digitcore.datasets.evaluation_data import EvaluationSet
    from digitcore.evaluation.store import Evaluation

LAYERS_PAGE = Path(__file__).resolve().parents[2] / "pages" / "layers.py"
#: The view of the Layers page that shows which parts of an image support an answer.
WHY = "Why this answer?"
SIDE = 84
CELL_WIDTH = 132
PAGE = 12


@dataclass(frozen=True)
class ImageGrid:
    """A grid of images as several models read them.

    Attributes:
        data: the images.
        readers: model -> its evaluation; the first one's answer is explained by the link.
        titles: model -> its title.
    """

    data: "EvaluationSet"
    readers: Mapping[str, "Evaluation"]
    titles: Mapping[str, str]

    def show(self, indices: Sequence[int], *, key: str) -> None:
        """Show the images with these indices, a page at a time.

        Args:
            indices: in their order.
            key: the grid's key in the session state, also its CSS class.
        """
        if not len(indices):
            return
        pages = -(-len(indices) // PAGE)
        page = st.number_input(f"Page, 1 to {pages:,}", 1, pages, key=f"{key}_page_{pages}", width=160) if pages > 1 else 1
        page = page if isinstance(page, int) and 1 <= page <= pages else 1  # whatever a browser sends
        with st.grid("auto", min_column_width=CELL_WIDTH, key=key):
            for index in indices[(page - 1) * PAGE : page * PAGE]:
                with st.container(gap="xsmall"):
                    self._show_image(int(index))

    def _show_image(self, index: int) -> None:
        image = self.data.images[index] / 255
        lines = [self._label(index), *(self._answer(name, index) for name in self.readers)]
        st.image(tile(image, SIDE), width=SIDE, alt=", ".join(lines).replace("*", ""))
        st.markdown("  \n".join(lines))
        model = next(iter(self.readers))
        st.page_link(
            LAYERS_PAGE,
            label=WHY,
            icon="",
            query_params={"model": model, "digit": encode(image), "look": WHY},
        )

    def _label(self, index: int) -> str:
        label = self.data.labels[index]
        return f"labelled **{label}**" if label >= 0 else "no label"

    def _answer(self, name: str, index: int) -> str:
        row = self.readers[name].probabilities[index]
        return f"**{row.argmax()}**, {percent(row.max())}, {self.titles[name]}"
