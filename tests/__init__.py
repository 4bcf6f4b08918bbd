"""The tests. A package, because one that eventkit installs has this name as well."""
