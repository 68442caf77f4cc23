"""The parts of the app that are not pages: start-up, background work, and corrections to Streamlit's behaviour."""
