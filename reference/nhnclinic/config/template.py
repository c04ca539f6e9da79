"""The configuration with every key explained, as `python -m nhnclinic config-template` prints it."""

from __future__ import annotations

from nhnclinic.config.settings import SOURCE_SYSTEM

TEMPLATE = f"""\
# Configuration of the Provenett reference clinic. Paths count from this file's folder.

state = "state"                      # folder for the database; made when it is missing
# database = "sqlite:////path/to.db" # SQLAlchemy URL; by default clinic.sqlite in the state folder. With
                                     # postgresql+psycopg://HOST/NAME?user=USER several clinic processes may share it
# handling = "handling.toml"        # what may be done with which type of message, where it differs from what is shipped
trust = "root.pem"                   # root certificates that the servers' certificates must lead to

[clock]
hub = ""                             # host:port of a clock hub; empty: real time

[api]
host = "127.0.0.1"                   # where the clinic's own interface listens
port = 8460                          # 0: a free port; it is printed when the clinic is ready

[organisation]                       # the legal entity (virksomhet)
number = "311111111"
her_id = 9000001
name = ""                            # empty: as the address register has it
phone = ""                           # written into messages that ask for one

[[services]]                         # one table for each service (tjeneste) that sends and receives
her_id = 9000002
name = ""

[[users]]                            # one table for each user
id = "doctor"
name = "Vakker Blomst"
hpr = "900000001"                    # may be left out
role = "physician"                   # her profession, for messages
roles = ["administrator"]            # what else she is: administrator (grants access), operator (the vendor's, sets up)
# her_id = 9000010                   # her own at the address register, if she has one
# position = "Senior physician"      # what others choose when they forward a message to her
token = "change-me"                  # bearer token for the interface

[[patients]]                         # patients with a journal; more can be added through the interface
number = "01820049900"
given_name = "Stille"
family_name = "Fjell"

[helseid]
issuer = "https://localhost:8402"
client_id = "00000000-0000-4000-8000-000000000000"
key = "client.pem"                   # private key, PEM
kid = "client"                       # the key's id at HelseID
tenancy = "single"                   # the clinic's own client; "multi": the vendor's, which names the clinic
child = ""                           # organisation number of the sub-unit to act for; empty: the clinic itself
spelling = "libraries"               # how NHN's libraries write organisations, or its "samples"; HelseID takes both

[address_register]
url = "https://localhost:8403"
scope = "nhn:cp-api/access-v2-dpop"
events_seconds = 300                 # between two looks for who has changed; 0: parties are asked for every 15 minutes

# [gp_register]                      # leave it out, and nobody can ask who a patient's GP is
# url = "https://localhost:8405/v2/flr" # SOAP 1.2; ending in /Basic: SOAP 1.1
# user = "OrgUsr311111111"
# password_file = "gp-register.txt"  # or password = "..."
# believe_minutes = 60               # how long an answer is believed

[edi2]
url = "https://localhost:8404"
version = 2                          # api-version: 2 or 3
receive = "polling"                  # or "stream": hold version 3's stream of notifications
poll_seconds = 60                    # between two looks for messages
heartbeat_seconds = 90               # real seconds without a sign of life before a stream counts as broken
lock = false                         # version 3: true keeps the organisation's other clients from our messages
scope = "nhn:msh/api"
source_system = "{SOURCE_SYSTEM}"    # header nhn-source-system

[deadlines]
apprec_hours = 96                    # without an AppRec by then the sender is alerted
"""
