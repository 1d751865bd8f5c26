"""What the DAG files share: the declarations they are made from, and how their tasks behave."""
