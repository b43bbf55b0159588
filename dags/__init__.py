"""The Airflow DAGs, one a file; the file name is the DAG id."""
