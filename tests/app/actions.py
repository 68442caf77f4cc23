"""What a visitor does on a page without a browser; each action runs the page."""

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button


def run(app: AppTest) -> AppTest:
    """Run the page; it may show errors, but none that nobody expected."""
    assert not app.run().exception
    return app


def button(app: AppTest, label: str) -> Button:
    """The button that says so."""
    return next(button for button in app.button if button.label == label)


def press(app: AppTest, label: str) -> AppTest:
    """Press a button."""
    button(app, label).click()
    return run(app)
