{# A model's schema is exactly what is configured: `warehouse`, not `<target>_warehouse`. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
