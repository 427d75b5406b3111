#!/usr/bin/python3
"""Holds a document against its published schema: validate.py in-toto|cloud-config SCHEMAS DOCUMENT"""

import json
import pathlib
import subprocess
import sys
import tempfile

import yaml


def in_toto(schemas, document):
    """Protocol buffers: no field that the schema lacks, none of another type, and those there that it must have."""
    with tempfile.TemporaryDirectory() as folder:
        base = "in_toto_attestation"
        protos = [f"{base}/v1/statement.proto", f"{base}/v1/resource_descriptor.proto",
                  f"{base}/predicates/provenance/v1/provenance.proto"]
        subprocess.run(["protoc", f"-I{schemas}", "-I/usr/include", f"--python_out={folder}", *protos], check=True)
        sys.path.insert(0, folder)
        from google.protobuf import json_format
        from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
        from in_toto_attestation.v1 import statement_pb2

        statement = json_format.ParseDict(document, statement_pb2.Statement())
        provenance = json_format.ParseDict(document["predicate"], provenance_pb2.Provenance())
        for what, value in {
            "_type": statement.type == "https://in-toto.io/Statement/v1",
            "subject": len(statement.subject) > 0,
            "subject.digest": all(len(one.digest["sha256"]) == 64 for one in statement.subject),
            "predicateType": statement.predicate_type == "https://slsa.dev/provenance/v1",
            "buildType": provenance.build_definition.build_type,
            "externalParameters": len(provenance.build_definition.external_parameters) > 0,
            "builder.id": provenance.run_details.builder.id,
        }.items():
            if not value:
                sys.exit(f"{what} is missing or wrong")


def cloud_config(schemas, document):
    """JSON schema; user-data may have nothing that it does not know."""
    import jsonschema

    schema = json.loads((schemas / "schema-cloud-config-v1.json").read_text())
    jsonschema.Draft4Validator(schema).validate(document)
    unknown = document.keys() - {name for part in schema["allOf"]
                                 for name in schema["$defs"][part["$ref"].rsplit("/", 1)[1]]["properties"]}
    if unknown:
        sys.exit(f"unknown: {', '.join(unknown)}")


kind, schemas, document = sys.argv[1:]
checks = {"in-toto": in_toto, "cloud-config": cloud_config}
# JSON is YAML.
checks[kind](pathlib.Path(schemas), yaml.safe_load(pathlib.Path(document).read_text()))
