"""What Arna tells Airflow: assets, the doorbell, errors, the way to the Data Docs."""
