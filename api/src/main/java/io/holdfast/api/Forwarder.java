package io.holdfast.api;

import io.holdfast.api.http.ApiFault;
import io.holdfast.secrets.TlsKeys;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.PfxOptions;
import io.vertx.ext.web.RoutingContext;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands a request to the controller that leads, and its answer back.
 *
 * <p>The caller's token goes along, over a connection whose other end has shown a certificate for the address that it was
 * called by. A request is handed on once: who gets one that was handed on works on it or says 503.
 *
 * <p>What if the leader dies meanwhile: the caller is told 503, and that the change may have been made.
 */
final class Forwarder implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);

    /** Says that the request was handed on, and by whom. */
    static final String HEADER = "Holdfast-Forwarded-By";

    /** Says where it came from; for the audit trail, which has the address of the connection beside it. */
    static final String FOR = "Holdfast-Forwarded-For";

    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(2);
    private static final int CONNECTIONS_MAX = 32;

    private static final List<String> TAKEN_ALONG = List.of(
            "X-Auth-Token",
            "Content-Type",
            "Accept",
            "OpenStack-API-Version",
            "X-OpenStack-Nova-API-Version",
            "X-Openstack-Request-Id");

    /** Of the connection, not of the answer. */
    private static final Set<String> NOT_TAKEN_BACK =
            Set.of("connection", "keep-alive", "transfer-encoding", "content-length", "te", "trailer", "upgrade");

    private final HttpClient client;
    private final Duration limit;

    /** @param limit from the request to its whole answer */
    Forwarder(Vertx vertx, @Nullable TlsKeys tls, Duration limit) {
        HttpClientOptions options = new HttpClientOptions()
                .setConnectTimeout(Math.toIntExact(CONNECT_LIMIT.toMillis()))
                .setKeepAliveTimeout(10)
                .setVerifyHost(true);
        if (tls != null) {
            options.setTrustOptions(
                    new PfxOptions().setPath(tls.trustStore().toString()).setPassword(tls.password()));
        }
        this.client = vertx.createHttpClient(options, new PoolOptions().setHttp1MaxSize(CONNECTIONS_MAX));
        this.limit = limit;
    }

    /**
     * Returns at once; the context gets the answer, or fails with 503. {@code done} runs when either is settled.
     *
     * @param streaming how long it may take, for a request whose body has not been read and is handed on as it comes; null for
     *     all others
     */
    void forward(RoutingContext context, URI leader, String from, @Nullable Duration streaming, Runnable done) {
        long limitMillis = (streaming == null ? limit : streaming).toMillis();
        boolean tls = "https".equals(leader.getScheme());
        RequestOptions where = new RequestOptions()
                .setMethod(context.request().method())
                .setHost(leader.getHost())
                .setPort(leader.getPort())
                .setSsl(tls)
                .setURI(context.request().uri())
                .setConnectTimeout(CONNECT_LIMIT.toMillis())
                .setTimeout(limitMillis);
        boolean[] sent = new boolean[1];
        client.request(where)
                .compose(request -> {
                    for (String name : TAKEN_ALONG) {
                        String value = context.request().getHeader(name);
                        if (value != null) {
                            request.putHeader(name, value);
                        }
                    }
                    request.putHeader(HEADER, from);
                    request.putHeader(FOR, context.request().remoteAddress().hostAddress());
                    // Links in the answer are to lead where the caller came in.
                    if (context.request().authority() != null) {
                        request.authority(context.request().authority());
                    }
                    sent[0] = true;
                    if (streaming != null) {
                        return send(context.request(), request);
                    }
                    Buffer body = context.body().buffer();
                    return request.send(body == null ? Buffer.buffer() : body);
                })
                .compose(response -> response.body().map(answer -> new Answered(response, answer)))
                .timeout(limitMillis, TimeUnit.MILLISECONDS)
                .onComplete(result -> {
                    done.run();
                    if (result.succeeded()) {
                        if (streaming != null) {
                            BodyStream.letGo(context.request(), context.vertx());
                        }
                        giveBack(context, result.result());
                    } else {
                        String what = "The controller that leads, " + leader + ", did not answer ("
                                + result.cause().getMessage() + "). ";
                        context.fail(
                                503,
                                sent[0]
                                        ? ApiFault.unknown(what + "It may have been done. Read before trying again.")
                                        : new ApiFault(503, what + "Nothing was changed; try again."));
                    }
                });
    }

    private static Future<HttpClientResponse> send(HttpServerRequest from, HttpClientRequest to) {
        String length = from.getHeader("Content-Length");
        if (length == null) {
            to.setChunked(true);
        } else {
            to.putHeader("Content-Length", length);
        }
        if ("100-continue".equalsIgnoreCase(from.getHeader("Expect"))) {
            from.response().writeContinue();
        }
        return to.send(from);
    }

    private static void giveBack(RoutingContext context, Answered answered) {
        if (context.response().ended()) {
            return;
        }
        MultiMap headers = answered.response.headers();
        for (String name : headers.names()) {
            if (!NOT_TAKEN_BACK.contains(name.toLowerCase(Locale.ROOT))) {
                context.response().putHeader(name, headers.getAll(name));
            }
        }
        context.response().setStatusCode(answered.response.statusCode());
        context.response().end(answered.body);
    }

    @Override
    public void close() {
        client.close().onFailure(failure -> LOG.debug("api: the forwarding client did not close cleanly", failure));
    }

    private record Answered(HttpClientResponse response, Buffer body) {}
}
