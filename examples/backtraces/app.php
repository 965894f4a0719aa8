<?php
// A busy application: some of its functions are to be removed, and leave a trace of who calls them still.
// Usage: php app.php HOST PORT CALLS DEPTHS; prints how many calls were made in a second.

[, $host, $port, $calls, $depths] = $argv;
$redis = new Redis();
$redis->pconnect($host, (int) $port);

function old_price(): float
{
    global $redis;
    // The one line:
    $redis->set('trace:' . sha1($trace = (new Exception)->getTraceAsString()), $trace, ['nx']);
    return 9.99;
}

function cart(int $depth): float
{
    return $depth > 0 ? cart($depth - 1) : old_price();
}

function invoice(int $depth): float
{
    return cart($depth);
}

$start = microtime(true);
for ($call = 0; $call < $calls; $call++) {
    $depth = intdiv($call, 2) % $depths;
    if ($call % 2 === 0) {
        cart($depth);
    } else {
        invoice($depth);
    }
}
printf("%d calls, %.0f a second\n", $calls, $calls / (microtime(true) - $start));
