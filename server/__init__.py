"""What lives and dies with the app and is no page: start-up, background work, and what Streamlit must not do."""
