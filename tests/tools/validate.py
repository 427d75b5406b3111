#!/usr/bin/python3
"""Holds SLSA provenance against its published definition: validate.py FOLDER_OF_PROTOS DOCUMENT

No field that the definition lacks, none of another type, and those there that it must have.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

schemas, document = sys.argv[1], json.loads(pathlib.Path(sys.argv[2]).read_text())
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
