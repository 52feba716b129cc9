#!/usr/bin/env python3
"""Verifies an export of the audit log without the database that made it: hashes, and nothing else.

usage: tools/verify/audit_export.py EXPORT [--head HEAD] [--receipts RECEIPTS] [--row ID]

EXPORT    the lines of SELECT * FROM domainflow.export_sealed_audit()
HEAD      a head that was kept elsewhere: SELECT to_jsonb(h) FROM domainflow.audit_head() AS h, or the first line of an earlier export.
          Without one, an export of a log that was rebuilt is as good as any other.
RECEIPTS  a JSON array of {"id": ..., "receipt": ...}, as audit_receipt() gave them
ID        prints that decision as well

Prints one JSON object. Its outcome is verified (exit code 0), or (1) the first difference: changed, moved, removed, "cut off" or rebuilt, with leaf and
id, or with the block of 1,024 leaves. erased counts rows without values, without_row leaves without a row: retention drops rows.
"""
import argparse
import datetime
import hashlib
import json
import struct
import sys
import uuid

BLOCK = 1024


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def fold(hashes):
    """Root of RFC 6962: pairs level by level; a last one without a partner goes up as it is."""
    while len(hashes) > 1:
        pairs = [sha(b"\1", hashes[i], hashes[i + 1]) for i in range(0, len(hashes) - 1, 2)]
        hashes = pairs + hashes[len(pairs) * 2:]
    return hashes[0] if hashes else sha()


def leaf_hash(index, row_hash):
    return sha(b"\0", struct.pack(">q", index), row_hash)


def texts(data, version, names):
    """Texts that stand one after the other, each behind its length and a colon, null without a length; the last one takes the rest.

    Version 1 counts characters, version 2 bytes."""
    text, row = data.decode() if version == 1 else data.decode("latin-1"), {}
    for name in names[:-1]:
        length, text = text.split(":", 1)
        row[name] = text[:int(length)] if length else None
        text = text[int(length):] if length else text
    return {**row, names[-1]: text}


def decode(data, values):
    """The fields of a row from its canonical bytes, and from those of its values if they were not erased."""
    version, epoch = data[0], datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)
    row = {"version": version, "id": str(uuid.UUID(bytes=data[1:17])),
           "decided_at": (epoch + datetime.timedelta(microseconds=struct.unpack(">q", data[17:25])[0])).isoformat()}
    if version > 0:
        row["transaction_id"], row["backend_pid"] = struct.unpack(">Qi", data[25:37])
        row["execution_time_ms"] = struct.unpack(">d", data[38:46])[0] if data[37] == 8 else None
        row |= texts(data[38 + data[37]:-32], version, ["resource_type", "action", "decision", "session_role", "effective_role",
                                                             "model", "revision", "reason_code", "fence", "policies"])
    if values:
        row |= texts(values, version, ["user_id", "resource_id", "correlation_id", "application_name", "context", "given_facts",
                                       "request_context"])
    return row


def difference(lines, head, trusted, receipts, rows, counts):
    """The first difference, or None. Fills rows, the bytes by id, and counts."""
    hashes, at, late = [], {}, {}
    for line in lines:
        leaf = json.loads(line)
        index, stored = len(hashes), bytes.fromhex(leaf["hash"])
        if leaf["leaf"] != index:
            return {"outcome": "removed" if leaf["leaf"] > index else "inserted", "leaf": index, "block": index // BLOCK}
        if "bytes" in leaf:
            data, values = bytes.fromhex(leaf["bytes"]), bytes.fromhex(leaf.get("values", ""))
            rows[leaf["id"]] = data, values
            counts["checked"] += 1
            counts["erased"] += data[0] > 0 and not values
            if leaf_hash(index, sha(data)) != stored or data[1:17] != uuid.UUID(leaf["id"]).bytes or (values and sha(values) != data[-32:]):
                moved = next((i for i in range(head["size"]) if i != index and leaf_hash(i, sha(data)) == stored), None)
                return {"outcome": "changed" if moved is None else "moved", "leaf": index, "id": leaf["id"], "block": index // BLOCK}
        else:
            counts["without_row"] += 1
        at[leaf["id"]] = index
        late[leaf["id"]] = stored
        hashes.append(stored)
    if len(hashes) < head["size"]:
        return {"outcome": "cut off", "leaf": len(hashes), "block": len(hashes) // BLOCK}

    # Of a tree that was rebuilt only receipts know the row.
    row = {}
    for receipt in receipts:
        counts["receipts"] += 1
        name, expected = receipt["id"], bytes.fromhex(receipt["receipt"])
        found = sha(rows[name][0]) == expected if name in rows else name in at and leaf_hash(at[name], expected) == late[name]
        if not found and not row:
            row = {"outcome": "changed" if name in at else "removed", "id": name, **({"leaf": at[name]} if name in at else {})}
    for known, what in ((head, "the export"), (trusted, "the head")):
        size = min(known["size"], len(hashes)) if known else 0
        if not known or (known["size"] == size and fold(hashes[:size]).hex() == known["root"]):
            continue
        blocks = [fold(hashes[i:min(i + BLOCK, size)]).hex() for i in range(0, size, BLOCK)]
        whole = len(blocks) if size == known["size"] else size // BLOCK
        block = next((i for i in range(whole) if i >= len(known.get("blocks") or []) or blocks[i] != known["blocks"][i]), None)
        if block is None and known["size"] > size:
            return {"outcome": "cut off", "leaf": size, "block": size // BLOCK, "detail": f"{what} has {known['size']} leaves"}
        return {**row, "outcome": "rebuilt", "block": block if known.get("blocks") else None, "detail": f"not the tree of {what}"}
    return row or None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export")
    parser.add_argument("--head")
    parser.add_argument("--receipts")
    parser.add_argument("--row")
    options = parser.parse_args()
    trusted = json.loads(open(options.head).readline()) if options.head else None
    receipts = json.load(open(options.receipts)) if options.receipts else []
    rows, counts = {}, {"checked": 0, "erased": 0, "without_row": 0, "receipts": 0}
    with open(options.export) as lines:
        head = json.loads(lines.readline())
        if head.get("type") != "head" or head.get("format") != 1:
            sys.exit(f"{options.export}: the first line is no head of format 1")
        found = difference(lines, head, trusted, receipts, rows, counts)
    print(json.dumps({**(found or {"outcome": "verified"}), "size": head["size"], "root": head["root"], **counts}))
    if options.row:
        print(json.dumps(decode(*rows[options.row]) if options.row in rows else None))
    sys.exit(1 if found else 0)


main()
