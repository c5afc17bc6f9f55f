package io.holdfast.api.placement;

import io.holdfast.api.http.Call;
import io.holdfast.api.http.Reply;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** From 1.15 on, answers say how old they are, and that nobody shall keep them. */
final class Fresh {

    private static final int TOLD = 15;
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private final InstantSource clock;

    Fresh(InstantSource clock) {
        this.clock = clock;
    }

    /** As it is now. */
    Reply now(Call call, Reply reply) {
        return at(call, reply, clock.instant());
    }

    Reply at(Call call, Reply reply, Instant changed) {
        return call.version().atLeast(TOLD)
                ? reply.with("Last-Modified", DATE.format(changed)).with("Cache-Control", "no-cache")
                : reply;
    }
}
