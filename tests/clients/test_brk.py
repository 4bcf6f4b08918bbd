# the previous-release tests must go red: a method gone, and a field moved
import gzip, pytest, tests.clients.test_previous as t
from tests.clients.test_previous import *
from google.protobuf import descriptor_pb2
@pytest.fixture(scope="module")
def contract():
    image = descriptor_pb2.FileDescriptorSet.FromString(gzip.decompress((t.PREVIOUS / "contract.binpb.gz").read_bytes()))
    for f in image.file:
        for m in f.message_type:
            if m.name == "OrderEvent":
                for x in m.field:
                    if x.name == "fill": x.number = 50
        for s in f.service:
            for m in s.method:
                if m.name == "ListFills": m.name = "ListExecutions"
    return image
