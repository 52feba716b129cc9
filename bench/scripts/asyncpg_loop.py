"""usage: asyncpg_loop.py URL CONNECTIONS SECONDS     statements per second of asyncpg: SELECT 1, prepared, one task per connection."""
import asyncio
import sys
import time

import asyncpg


async def loop(statement, end):
    count = 0
    while time.monotonic() < end:
        # The clock is asked once in a hundred statements.
        for _ in range(100):
            await statement.fetchval()
        count += 100
    return count


async def main(url, connections, seconds):
    opened = [await asyncpg.connect(url) for _ in range(connections)]
    statements = [await connection.prepare("SELECT 1") for connection in opened]
    began = time.monotonic()
    counts = await asyncio.gather(*(loop(statement, began + seconds) for statement in statements))
    elapsed = time.monotonic() - began
    for connection in opened:
        await connection.close()
    print(sum(counts) / elapsed)


asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
