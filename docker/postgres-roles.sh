#!/bin/sh
# Runs once, when the postgres service makes its data folder: login roles with the passwords of the
# environment, and Airflow's own database. The migrations grant the rest.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv lander_password ARNA_LANDER_PASSWORD
\getenv loader_password ARNA_LOADER_PASSWORD
\getenv gateway_password ARNA_GATEWAY_PASSWORD
\getenv airflow_password ARNA_AIRFLOW_PASSWORD
create role arna_lander login password :'lander_password';
create role arna_loader login password :'loader_password';
create role arna_gateway login password :'gateway_password';
create role airflow login password :'airflow_password';
create database airflow owner airflow;
SQL
