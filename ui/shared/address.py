"""The page's address: what a link asks for, and what the browser's Back and Forward return to.

Anything can stand in an address, so it is checked before the page uses it.
"""

from collections.abc import Collection, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

#: Page -> the address that it last had, and what of it counts because the present address says nothing.
LAST, REMEMBERED = "address_last", "address_remembered"
#: Characters that are shown of an unknown name in a link.
LONGEST_SHOWN = 60
#: The page of the last run, and whether this run is the first one on its page; both are written by the frame.
PAGE, IS_NEW = "address_page", "address_is_new"
#: What the page wants in its address, the names whose change is no entry in the history, and what was last sent.
WANTED, QUIET, SENT = "address_wanted", "address_quiet", "address_sent"
#: What the browser shall do when the page has run: write an address over its present one, and begin at the top of a new page or
#: view. Each has a count, so that it is done once. Both stay in the data of later runs: the browser may miss those of one run.
ADDRESS, ADDRESSES, TOPS = "address_replacement", "address_replacements", "address_tops"
#: Streamlit adds an entry to the browser's history for each change of the address; this changes the present one. It also keeps
#: the place to which one has scrolled when another view is shown.
SCRIPT = """
const done = new WeakMap()
export default function ({ data, parentElement }) {
  const last = done.get(parentElement) ?? {}
  done.set(parentElement, data)
  if (data.tops !== last.tops) document.querySelector('[data-testid="stMain"]').scrollTo(0, 0)
  if (!data.address || data.addresses === last.addresses) return
  const query = new URLSearchParams(location.search)
  for (const [name, value] of Object.entries(data.address)) query.set(name, value)
  history.replaceState(history.state, "", `${location.pathname}?${query}`)
}
"""


def enter_page(page: str) -> None:
    """Note which page is shown; for the frame, before the page runs."""
    if st.session_state.get(PAGE) != page:
        # Streamlit writes the next page's address over that of a page whose button leads there.
        last = st.session_state.get(LAST, {}).get(page, {})
        is_lost = went_back() and not last.keys() & st.query_params.keys()
        st.session_state.update({PAGE: page, IS_NEW: True, ADDRESS: None, REMEMBERED: last if is_lost else {}})
        _begin_at_top()


def complete_page() -> None:
    """Write the address that the page wants; for the frame, after the page has run.

    A first run that was interrupted does not come here, so it is repeated as a first run. One element at the page's end does
    all, so that no element moves.
    """
    wanted, quiet = st.session_state.pop(WANTED, {}), st.session_state.pop(QUIET, set())
    is_new = st.session_state.get(IS_NEW)
    before = st.query_params if is_new or went_back() else st.session_state[SENT]  # Streamlit learns of no replaced address
    changed = {name for name, value in wanted.items() if before.get(name) != value}
    if changed and (is_new or changed <= quiet):
        st.session_state.update({ADDRESS: wanted, ADDRESSES: st.session_state.get(ADDRESSES, 0) + 1})
    elif changed:
        st.session_state[ADDRESS] = None
        st.query_params.update(wanted)
    elif went_back():
        st.session_state[ADDRESS] = None
    st.session_state.update({SENT: wanted, IS_NEW: False, REMEMBERED: {}})
    st.session_state.setdefault(LAST, {})[st.session_state[PAGE]] = wanted
    component = st.components.v2.component("page_end", js=SCRIPT)
    names = {"address": ADDRESS, "addresses": ADDRESSES, "tops": TOPS}
    component(data={name: st.session_state.get(key, 0) for name, key in names.items()}, key="page_end")


def _begin_at_top() -> None:
    st.session_state[TOPS] = st.session_state.get(TOPS, 0) + 1


def went_back() -> bool:
    """Whether the visitor has just used the browser's Back or Forward."""
    return get_script_run_ctx().is_history_navigation


def follow_address(*keys: str) -> None:
    """Forget what the session holds under these keys if the visitor went Back or Forward; the page then reads the address.

    The same holds for a link to this page that names them.
    """
    is_new = st.session_state.get(IS_NEW)
    for key in keys:
        if went_back() or (is_new and key in st.query_params):
            st.session_state.pop(key, None)


def keep_in_address(*, quietly: Collection[str] = (), **values: str | int) -> None:
    """Write what the page shows into its address. Each change is an entry in the browser's history, opening a page none.

    Args:
        quietly: the names whose change alone is no entry either, such as that of a drawing in progress.
        values: name -> value.
    """
    st.session_state.setdefault(WANTED, {}).update({name: str(value) for name, value in values.items()})
    st.session_state.setdefault(QUIET, set()).update(quietly)


def address_values() -> dict[str, str]:
    """What the page's address will hold when the page has run, for a link to it."""
    return st.query_params.to_dict() | st.session_state.get(WANTED, {})


def cleared_if_new(key: str, shown: str) -> DeltaGenerator:
    """A container for what is shown. What it held before is cleared at once if that was something else.

    Args:
        key: the session-state key that remembers what is shown.
        shown: what is shown now.
    """
    is_new = st.session_state.get(key, shown) != shown
    st.session_state[key] = shown
    return st.empty().container() if is_new else st.container()


def choose_view(options: Sequence[str], *, key: str) -> str:
    """Choose one of a page's views, initially the one that the address asks for, or the first.

    Args:
        options: the views' names.
        key: the session-state key, and the name in the address.
    """
    follow_address(key)
    if key not in st.session_state:
        st.session_state[key] = linked_choice("view", options, key=key, instead=options[0]) or options[0]
    if st.session_state[key] not in options:  # whatever a browser sends
        st.session_state[key] = options[0]
    view = st.pills("View", options, required=True, key=key, label_visibility="collapsed", wrap=True) or options[0]
    keep_in_address(**{key: view})
    if st.session_state.get(SENT, {}).get(key, view) != view:
        _begin_at_top()
    return view


def linked_choice(kind: str, choices: Collection[str], *, key: str, instead: str | None = None) -> str | None:
    """What the address asks for, if it is one of the choices; for anything else the page shows a warning.

    Args:
        kind: what is chosen, in one word, such as "model".
        choices: the names that exist.
        key: the name in the address.
        instead: what is shown if the link's choice does not exist; None for nothing.
    """
    linked = _asked(key)
    if linked is None or linked in choices:
        return linked
    warn_of_link(kind, linked, instead)
    return None


def linked_number(kind: str, last: int, *, key: str, instead: str) -> int | None:
    """The number from 0 to ``last`` that the address asks for; for anything else the page shows a warning."""
    linked = _asked(key)
    if linked is None:
        return None
    if linked.isascii() and linked.isdecimal() and len(linked) <= len(str(last)) and int(linked) <= last:
        return int(linked)
    warn_of_link(kind, linked, instead)
    return None


def _asked(key: str) -> str | None:
    return st.query_params.get(key, st.session_state.get(REMEMBERED, {}).get(key))


def warn_of_link(kind: str, linked: str, instead: str | None) -> None:
    """Say that a link asks for something that does not exist, and what is shown instead."""
    unknown = linked[:LONGEST_SHOWN].replace("`", "'").strip()  # as code, so that a link cannot put Markdown on the page
    asked = f"the {kind} `{unknown}`, which does not exist" if unknown else f"no {kind}"
    shown = f"{instead} is shown instead." if instead else f"Choose a {kind}."
    st.warning(f"The link asks for {asked}. {shown}", icon=":material/link_off:")
