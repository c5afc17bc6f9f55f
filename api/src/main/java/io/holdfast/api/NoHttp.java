package io.holdfast.api;

import io.holdfast.api.http.Faults;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.http.HttpServerRequest;

/** Answers what the decoder could not read, before any router sees it. */
final class NoHttp {

    private NoHttp() {}

    static void answer(HttpServerRequest request) {
        int status = switch (request.decoderResult().cause()) {
            case TooLongHttpLineException line -> 414;
            case TooLongHttpHeaderException header -> 431;
            case null, default -> 400;
        };
        request.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .end(Faults.nova(status, "The request is not HTTP as it should be.", "")
                        .encode())
                .onComplete(ignored -> request.connection().close());
    }
}
