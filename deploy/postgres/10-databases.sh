#!/bin/sh
# Run once by the database image on an empty volume: one database and one owner each for the warehouse and for Airflow.
# The owners are no superusers; the warehouse's owner may create the roles of the provinces.
set -eu
psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet -U "$POSTGRES_USER" -d postgres \
    -v warehouse="$WAREHOUSE_PASSWORD" -v airflow="$AIRFLOW_DB_PASSWORD" <<'SQL'
create role province_data login createrole password :'warehouse';
create role airflow login password :'airflow';
create database warehouse owner province_data encoding 'UTF8' locale_provider icu icu_locale 'vi-VN' locale 'C.UTF-8' template template0;
create database airflow owner airflow encoding 'UTF8' template template0;
revoke connect, temporary on database warehouse, airflow, postgres from public;
grant connect on database warehouse to province_data;
alter role province_data set log_error_verbosity = 'terse';
alter role province_data set log_min_error_statement = 'panic';
alter role province_data set log_parameter_max_length_on_error = 0;
SQL
