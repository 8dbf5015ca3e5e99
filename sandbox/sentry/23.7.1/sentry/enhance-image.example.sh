#!/bin/bash

# What a site adds to its Sentry image, run as root while the image is built. For example:
# apt-get update && apt-get install -y libldap2-dev
# pip install python-ldap
