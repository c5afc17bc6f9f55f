package io.holdfast.api;

import io.holdfast.api.audit.AuditTrail;
import io.holdfast.api.ha.AuditView;
import io.holdfast.api.ha.Events;
import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.ApiService;
import io.holdfast.api.http.Bodies;
import io.holdfast.api.http.BodyBudget;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.Caller;
import io.holdfast.api.http.Faults;
import io.holdfast.api.http.Microversion;
import io.holdfast.api.http.Microversions;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.api.http.RequestPath;
import io.holdfast.api.http.Resources;
import io.holdfast.api.http.SocketToken;
import io.holdfast.api.http.Streaming;
import io.holdfast.api.http.Tokens;
import io.holdfast.api.http.Violations;
import io.holdfast.api.nova.Compute;
import io.holdfast.identity.TokenVerifier;
import io.holdfast.model.Asked;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.TlsKeys;
import io.holdfast.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.openapi.router.OpenAPIRoute;
import io.vertx.ext.web.openapi.router.RequestExtractor;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.validation.RequestValidator;
import io.vertx.openapi.validation.ValidatedRequest;
import io.vertx.openapi.validation.ValidatorException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The API, listening.
 *
 * <p>A request's way, in this order: an id; whether its path has one meaning only; the token and the microversion (before anything of the body is read); room
 * for the body; the body, up to its limit; the policy; what no body may contain; the contract; the operation on a virtual thread, with a deadline. Whatever goes wrong on
 * the way becomes a fault in one place, {@link #fail}.
 *
 * <p>Every controller answers what only reads. What changes something is worked on by the controller that leads, and by no
 * other: this one hands it on (see {@link Forwarder}), and while nobody leads it waits a moment, which is how a caller sees
 * a hand-over.
 *
 * <p>What if we die here: an operation is durable before it is answered, so a lost answer is at worst a question that
 * the caller asks again.
 */
public final class ApiServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);

    private static final Duration START_LIMIT = Duration.ofSeconds(30);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    /** A hand-over takes less. */
    private static final Duration LEADER_LIMIT = Duration.ofSeconds(8);

    private static final long LEADER_LOOK_MILLIS = 50;
    private static final Set<HttpMethod> READING = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
    /** What was being worked on when requests were no longer waited for; then the trail is closed. */
    private static final Duration WORKERS_LIMIT = Duration.ofSeconds(2);

    private static final int HEADER_BYTES_MAX = 16 * 1024;
    private static final int IDLE_SECONDS = 120;
    private static final Duration TOLD_EVERY = Duration.ofMinutes(1);

    static final String REQUEST_ID = "holdfast.request-id";
    static final String CALLER = "holdfast.caller";
    static final String OPERATION = "holdfast.operation";
    private static final String VERSION = "holdfast.version";
    private static final String BODY_WAITS = "holdfast.body-waits";
    static final String SERVICE = "holdfast.service";

    /** Of a request without a token: logins are short, and whoever is not known may not keep much memory. */
    private static final int OPEN_BODY_BYTES_MAX = 16 * 1024;

    private final Vertx vertx;
    private final ApiSettings settings;
    private final Supplier<Health> health;
    private final Supplier<Lead> lead;
    private final String name;
    private final Forwarder forwarder;
    private final @Nullable TlsKeys tls;
    private final TokenVerifier identity;
    private final Tokens tokens;
    private final Semaphore requests;
    private final BodyBudget bodyBudget;
    private final AtomicInteger connections = new AtomicInteger();
    private final Seldom refusals = new Seldom(TOLD_EVERY, System::nanoTime);
    private final Seldom storeTroubles = new Seldom(TOLD_EVERY, System::nanoTime);
    private final ExecutorService workers = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("api-request-", 0).factory());
    private final Events events;
    private final AuditTrail trail;
    private final Audited audited;
    private final List<ApiService> services;
    private final Map<ApiService, Transfers> transfers = new LinkedHashMap<>();
    private @Nullable HttpServer server;
    private volatile @Nullable CertificateWatch certificates;

    /**
     * @param name of this controller, told to the one that requests are handed to
     * @param lead who leads now; must not block
     * @param secrets reads the password of the certificate
     */
    public ApiServer(
            Vertx vertx, ApiParts parts, String name, Supplier<Lead> lead, ApiSettings settings, SecretReader secrets) {
        this.vertx = vertx;
        this.settings = settings;
        this.health = parts.health();
        this.name = name;
        this.lead = lead;
        this.tls = settings.tls() == null ? null : new TlsKeys("api.tls", settings.tls(), secrets);
        this.forwarder = new Forwarder(vertx, tls, settings.requestDeadline());
        this.identity = parts.identity();
        this.tokens = new Tokens(settings.tokens(), identity, settings.failuresPerMinute(), System::nanoTime);
        this.requests = new Semaphore(settings.requestsMax());
        this.bodyBudget = new BodyBudget(settings.bodyBytesMax());
        this.events = new Events(parts.feed(), workers, settings.streamsMax());
        Map<String, Operation> operations = parts.operations(settings.monitors(), Clock.systemUTC());
        operations.putAll(events.operations());
        operations.put("health", this::health);
        this.trail = new AuditTrail(parts.audit(), settings.audit(), Clock.systemUTC());
        this.audited = new Audited(trail, settings.monitors(), name, Clock.systemUTC());
        operations.putAll(new AuditView(trail, parts.audit()).operations());
        List<ApiService> all = new ArrayList<>(parts.beside());
        all.add(new Compute(Resources.text(Contract.COMPUTE), operations));
        // A path belongs to the service with the longest prefix that it begins with.
        all.sort(
                Comparator.comparingInt((ApiService service) -> service.prefix().length())
                        .reversed());
        this.services = List.copyOf(all);
        for (ApiService service : services) {
            Streaming streaming = service.streaming();
            if (streaming != null) {
                transfers.put(service, new Transfers(vertx, streaming));
            }
        }
    }

    /**
     * Begins to listen; blocks until it does.
     *
     * @return the port that was bound
     * @throws IllegalStateException when the address cannot be bound or the certificate not be read
     * @throws io.holdfast.secrets.SecretException when its password cannot be had
     */
    public int start() {
        Map<ApiService, Router> routers = new LinkedHashMap<>();
        services.forEach(service -> routers.put(
                service,
                router(
                        service,
                        within(
                                OpenAPIContract.from(vertx, Contract.of(service)),
                                "read the contract of " + service.type()))));
        HttpServerOptions options = new HttpServerOptions()
                .setMaxHeaderSize(HEADER_BYTES_MAX)
                .setMaxInitialLineLength(8 * 1024)
                // A connection is idle while its request is being worked on, too.
                .setIdleTimeout(
                        (int) Math.max(IDLE_SECONDS, settings.requestDeadline().toSeconds() + IDLE_SECONDS / 4))
                // One request at a time on each connection: what bounds connections bounds requests.
                .setHttp2ClearTextEnabled(false)
                .setCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false)
                .setPerFrameWebSocketCompressionSupported(false)
                .setWebSocketSubProtocols(List.of(SocketToken.PROTOCOL))
                .setTcpNoDelay(true);
        TlsKeys tls = this.tls;
        ServerCertificate certificate = tls == null ? null : new ServerCertificate(tls);
        ServerCertificate.Shown first = certificate == null ? null : CertificateWatch.first(certificate);
        if (first != null) {
            ServerSSLOptions shown = CertificateWatch.options(first);
            options.setSsl(true)
                    .setUseAlpn(shown.isUseAlpn())
                    .setEnabledSecureTransportProtocols(shown.getEnabledSecureTransportProtocols())
                    .setKeyCertOptions(shown.getKeyCertOptions());
        }
        HttpServer listening = vertx.createHttpServer(options)
                .connectionHandler(this::admit)
                .requestHandler(router(routers))
                .invalidRequestHandler(NoHttp::answer);
        server = listening;
        trail.start();
        HttpServer bound = within(
                listening.listen(settings.port(), settings.address()),
                "listen on " + settings.address() + ":" + settings.port()
                        + (tls == null ? "" : " with the key store " + tls.keyStore()));
        if (tls != null && certificate != null && first != null) {
            CertificateWatch watch = new CertificateWatch(
                    certificate,
                    first,
                    CertificateWatch.of(bound),
                    audited,
                    tls.keyStore(),
                    InstantSource.system(),
                    System::nanoTime);
            watch.start();
            certificates = watch;
        }
        LOG.info(
                "api: listening on {}:{} {}, {} tokens",
                settings.address(),
                bound.actualPort(),
                tls == null ? "without TLS" : "with TLS",
                settings.tokens().size());
        return bound.actualPort();
    }

    /** Ends the streams, takes no new requests, and waits (at most 10 s, and 2 s after they were interrupted) for those under way. */
    @Override
    public void close() {
        CertificateWatch watch = certificates;
        if (watch != null) {
            watch.close();
        }
        events.close();
        HttpServer listening = server;
        if (listening != null) {
            try {
                Object stopped = listening
                        .shutdown(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)
                        .await(STOP_LIMIT.toMillis() + 1000, TimeUnit.MILLISECONDS);
                LOG.debug("api: stopped {}", stopped);
            } catch (TimeoutException e) {
                LOG.warn("api: requests were still under way after {}", STOP_LIMIT);
            }
        }
        forwarder.close();
        workers.shutdownNow();
        transfers.values().forEach(Transfers::close);
        awaitWorkers();
        trail.close();
    }

    /** What comes of the work that was interrupted is in the trail, too, before that is closed. */
    private void awaitWorkers() {
        long untilNanos = System.nanoTime() + WORKERS_LIMIT.toNanos();
        try {
            boolean ended = workers.awaitTermination(WORKERS_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            for (Transfers each : transfers.values()) {
                ended &= each.awaitEnd(Duration.ofNanos(Math.max(0, untilNanos - System.nanoTime())));
            }
            if (!ended) {
                LOG.warn(
                        "api: requests were still being worked on {} s after they were interrupted; what comes of"
                                + " them is not in the audit trail",
                        WORKERS_LIMIT.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** For tests: how many streams of events are open. */
    int streams() {
        return events.open();
    }

    /** For tests. */
    List<ApiService> services() {
        return services;
    }

    private Router router(ApiService service, OpenAPIContract contract) {
        BodyHandler bodies = BodyHandler.create(false).setBodyLimit(settings.bodyBytesMax());
        RequestExtractor extractor = new Parameters();
        RequestValidator validator = RequestValidator.create(vertx, KeptValidators.of(contract));
        RouterBuilder builder = RouterBuilder.create(vertx, contract, extractor);
        Contract.requireRules(service, contract);
        Parameters.requireKnown(builder.getRoutes());
        Map<String, Set<String>> bodyTypes = Contract.bodyTypes(service);
        for (OpenAPIRoute route : builder.getRoutes()) {
            String full = route.getOperation().getOperationId();
            String id = Contract.plainOperation(full);
            Operation operation = service.operations().get(id);
            if (operation == null) {
                throw new IllegalStateException(
                        "the contract of " + service.type() + " has an operation " + id + " that nobody implements");
            }
            // Token, policy and contract are ours to ask, in this order: who may not call learns nothing of the rest.
            route.setDoSecurity(false).setDoValidation(false);
            Transfers streamed = isStreamed(service, id) ? transfers.get(service) : null;
            route.addHandler(context -> {
                if (streamed == null) {
                    makeRoomForBody(context, bodies);
                } else {
                    if (!READING.contains(context.request().method())) {
                        // Its body waits until the operation reads it.
                        context.request().pause();
                        context.put(BODY_WAITS, true);
                    }
                    context.next();
                }
            });
            Set<String> types = bodyTypes.getOrDefault(id, Set.of());
            route.addHandler(context -> {
                context.put(OPERATION, id);
                try {
                    service.policy()
                            .require(id, context.get(CALLER), Optional.ofNullable(context.pathParam("user_id")));
                    if (streamed != null) {
                        requireType(context.request().getHeader("Content-Type"), types);
                    } else if (route.getOperation().getRequestBody() != null) {
                        requireReadable(context, types);
                    }
                } catch (ApiFault fault) {
                    context.fail(fault.status(), fault);
                    return;
                }
                extractor
                        .extractValidatableRequest(context, route.getOperation())
                        .compose(request -> validator.validate(request, full))
                        .onSuccess(request -> run(context, id, operation, request, streamed))
                        .onFailure(context::fail);
            });
            route.addFailureHandler(this::fail);
        }
        Router router = builder.createRouter();
        answerErrors(router);
        return router;
    }

    private Router router(Map<ApiService, Router> routers) {
        Router router = Router.router(vertx);
        router.route().handler(this::identify);
        for (ApiService service : services) {
            router.get(service.prefix() + "/openapi.yaml")
                    .handler(context -> context.response()
                            .putHeader("Content-Type", "application/yaml")
                            .end(service.contract()));
        }
        // The token before the body: who is not known cannot make us read a megabyte.
        router.route().handler(this::authenticate);
        router.route().handler(context -> {
            Router own = routers.get(context.<ApiService>get(SERVICE));
            if (own == null) {
                throw new IllegalStateException("a service without a router");
            }
            own.handleContext(context);
        });
        answerErrors(router);
        return router;
    }

    private static boolean isStreamed(ApiService service, String operation) {
        Streaming streaming = service.streaming();
        return streaming != null && streaming.operations().contains(operation);
    }

    private void answerErrors(Router router) {
        for (int status : new int[] {400, 401, 403, 404, 405, 406, 408, 411, 413, 414, 415, 429, 500, 501, 503}) {
            // A router that found no route does not say so in the context; the handler that is called does.
            router.errorHandler(status, context -> fail(context, status));
        }
    }

    private void identify(RoutingContext context) {
        Optional<String> fault = RequestPath.fault(context.request().path());
        // Only the shape of the answer hangs on whose path it would be, when it is not clear which one it is.
        name(context, serviceOf(fault.isPresent() ? "" : context.normalizedPath()));
        fault.or(() -> RequestPath.faultOfQuery(context.request().query()))
                .ifPresentOrElse(why -> context.fail(400, ApiFault.badRequest(why)), context::next);
    }

    private static void name(RoutingContext context, ApiService service) {
        String id = "req-" + UUID.randomUUID();
        context.put(REQUEST_ID, id);
        context.put(SERVICE, service);
        context.response()
                .putHeader("X-Openstack-Request-Id", id)
                .putHeader("X-Compute-Request-Id", id)
                .putHeader("X-Content-Type-Options", "nosniff");
    }

    private ApiService serviceOf(String path) {
        return services.stream()
                .filter(service -> path.equals(service.prefix()) || path.startsWith(service.prefix() + "/"))
                .findFirst()
                .orElseGet(services::getLast);
    }

    private void authenticate(RoutingContext context) {
        ApiService service = context.get(SERVICE);
        // The one that is routed.
        String path = context.normalizedPath();
        Microversions versions = service.microversions(path);
        if (versions != null) {
            context.response().putHeader("Vary", versions.vary());
        }
        if (SocketToken.isSocket(context.request())) {
            // Its end has to wait until it is a WebSocket: what becomes one is told of its end then, and never if it
            // was
            // before.
            context.request().pause();
        }
        boolean open = service.isOpen(context.request().method(), path);
        String token = SocketToken.of(context.request());
        String address = context.request().remoteAddress().hostAddress();
        try {
            Optional<Caller> caller = open ? Optional.of(Caller.NOBODY) : tokens.remembered(token, address);
            if (caller.isPresent()) {
                admit(context, service, versions, caller.get());
            } else {
                askWhoCalls(context, token, address, found -> admit(context, service, versions, found));
            }
        } catch (ApiFault fault) {
            context.fail(fault.status(), fault);
        }
    }

    /** The database or another server is asked, while the rest of the request waits in the socket. */
    private void askWhoCalls(RoutingContext context, @Nullable String token, String address, Consumer<Caller> then) {
        if (!requests.tryAcquire()) {
            context.fail(503, new ApiFault(503, "Too many requests are being worked on; try again."));
            return;
        }
        context.request().pause();
        io.vertx.core.Context loop = vertx.getOrCreateContext();
        workers.execute(() -> {
            try {
                Caller found = tokens.require(token, address);
                loop.runOnContext(ignored -> {
                    if (!SocketToken.isSocket(context.request())) {
                        context.request().resume();
                    }
                    then.accept(found);
                });
            } catch (Throwable e) {
                loop.runOnContext(ignored -> {
                    context.request().resume();
                    context.fail(e);
                });
            } finally {
                requests.release();
            }
        });
    }

    private static void admit(
            RoutingContext context, ApiService service, @Nullable Microversions versions, Caller caller) {
        try {
            if (service.needsProject() && !caller.hasProject() && !caller.equals(Caller.NOBODY)) {
                throw new ApiFault(403, "This needs a token that is scoped to a project.");
            }
            context.put(CALLER, caller);
            Microversion version = versions == null
                    ? Microversion.NONE
                    : versions.negotiate(context.request().headers());
            context.put(VERSION, version);
            if (versions != null) {
                versions.answered(version)
                        .forEach((header, value) -> context.response().putHeader(header, value));
            }
            context.next();
        } catch (ApiFault fault) {
            context.fail(fault.status(), fault);
        }
    }

    private void admit(HttpConnection connection) {
        if (connections.incrementAndGet() > settings.connectionsMax()) {
            // Whoever floods us must not fill the log, too.
            if (refusals.now()) {
                LOG.warn("api: {} connections are open already, further ones are refused", settings.connectionsMax());
            }
            connection.close();
        }
        connection.closeHandler(ignored -> connections.decrementAndGet());
    }

    /** Called before the body is read. A body that does not come in time gives its room back, too. */
    private void makeRoomForBody(RoutingContext context, BodyHandler bodies) {
        HttpServerRequest request = context.request();
        Caller caller = context.get(CALLER);
        String who = caller.user();
        long bytes = bodyBytes(request);
        if (caller.equals(Caller.NOBODY)) {
            if (request.getHeader("Transfer-Encoding") != null) {
                context.fail(411, new ApiFault(411, "A request without a token must say how long its body is."));
                return;
            }
            if (bytes > OPEN_BODY_BYTES_MAX) {
                context.fail(
                        413,
                        new ApiFault(
                                413,
                                "Without a token, the body must not be longer than " + OPEN_BODY_BYTES_MAX
                                        + " bytes."));
                return;
            }
            // One address must not take the room from the logins of the others.
            who = "nobody at " + request.remoteAddress().hostAddress();
        }
        if (bytes == 0 || bytes > settings.bodyBytesMax()) {
            // Nothing to keep: there is none, or it is refused by its length.
            bodies.handle(context);
            return;
        }
        Optional<Runnable> room = bodyBudget.take(who, bytes);
        if (room.isEmpty()) {
            // What comes of it all the same is thrown away as it comes.
            context.fail(503, new ApiFault(503, "Too many long bodies are being read; try again."));
            return;
        }
        AtomicBoolean late = new AtomicBoolean();
        long deadline = vertx.setTimer(settings.requestDeadline().toMillis(), ignored -> {
            if (!request.isEnded()) {
                late.set(true);
                context.response().putHeader("Connection", "close");
                context.fail(
                        408,
                        new ApiFault(
                                408,
                                "The body did not come within "
                                        + settings.requestDeadline().toSeconds() + " s."));
            }
        });
        context.addEndHandler(ignored -> {
            vertx.cancelTimer(deadline);
            room.get().run();
            if (late.get()) {
                // By itself the server would wait for the rest before it closes.
                request.connection().close();
            }
        });
        bodies.handle(context);
    }

    /** As announced; one that is sent in chunks may become as long as any. */
    private long bodyBytes(HttpServerRequest request) {
        if (request.getHeader("Transfer-Encoding") != null) {
            return settings.bodyBytesMax();
        }
        String length = request.getHeader("Content-Length");
        try {
            return length == null ? 0 : Math.max(0, Long.parseLong(length));
        } catch (NumberFormatException e) {
            throw new IllegalStateException("the decoder let a length pass that is no number", e);
        }
    }

    private static void requireType(@Nullable String type, Set<String> types) {
        if (!types.isEmpty() && !types.contains(Bodies.mediaType(type))) {
            throw new ApiFault(415, "The body must be " + String.join(" or ", types) + ".");
        }
    }

    private static void requireReadable(RoutingContext context, Set<String> types) {
        Buffer body = context.body().buffer();
        String type = context.request().getHeader("Content-Type");
        if (body == null || body.length() == 0 || type == null) {
            return;
        }
        requireType(type, types);
        // The validator knows one spelling only.
        context.request().headers().set("Content-Type", "application/json");
        Bodies.require(body);
    }

    private void run(
            RoutingContext context,
            String id,
            Operation operation,
            ValidatedRequest request,
            @Nullable Transfers streamed) {
        Caller caller = context.get(CALLER);
        try {
            requireOwnProject(request, caller);
            if (id.equals("listEvents") && wantsStream(context)) {
                events.stream(context, caller, lastSeen(context, request));
                return;
            }
            if (id.equals("followEvents") && SocketToken.isSocket(context.request())) {
                events.socket(context, caller, lastSeen(context, request));
                return;
            }
            if (SocketToken.isSocket(context.request())) {
                // Nothing else here can become one; it is answered as any other request.
                context.request().resume();
            }
        } catch (ApiFault fault) {
            context.fail(fault.status(), fault);
            return;
        }
        Semaphore room = streamed == null ? requests : streamed.room();
        if (!room.tryAcquire()) {
            context.fail(503, new ApiFault(503, "Too many requests are being worked on; try again."));
            return;
        }
        ApiService service = context.get(SERVICE);
        Operation told = told(context, operation);
        Runnable here = streamed == null
                ? () -> work(context, told, request)
                : () -> streamed.work(context, told, content -> call(context, request, content), ApiServer::answer);
        if (READING.contains(context.request().method()) || !service.needsLeader()) {
            here.run();
        } else {
            long untilNanos = System.nanoTime() + LEADER_LIMIT.toNanos();
            whereLed(context, untilNanos, room, streamed == null ? null : streamed.deadline(), here);
        }
    }

    /**
     * A request that changes something goes to whoever leads. On the event loop.
     *
     * @param room of which it holds one
     * @param streaming how long it may take, for one whose body has not been read; else null
     */
    private void whereLed(
            RoutingContext context, long untilNanos, Semaphore room, @Nullable Duration streaming, Runnable here) {
        boolean handedOn = context.request().getHeader(Forwarder.HEADER) != null;
        switch (lead.get()) {
            case Lead.Here() -> here.run();
            case Lead.Elsewhere(URI api)
            when !handedOn -> forwarder.forward(context, api, name, streaming, room::release);
            case Lead.Elsewhere _, Lead.Nobody _ -> {
                if (System.nanoTime() - untilNanos > 0 || context.response().closed()) {
                    room.release();
                    context.fail(
                            503,
                            new ApiFault(503, "No controller leads at the moment. Nothing was changed; try again."));
                } else {
                    vertx.setTimer(LEADER_LOOK_MILLIS, timer -> whereLed(context, untilNanos, room, streaming, here));
                }
            }
        }
    }

    private Call call(RoutingContext context, ValidatedRequest request, Call.@Nullable Content content) {
        Caller caller = context.get(CALLER);
        Microversion version = context.get(VERSION);
        String token = SocketToken.of(context.request());
        return new Call(
                caller,
                version,
                baseUrl(context),
                context.request().remoteAddress().hostAddress(),
                request,
                context.queryParams(),
                token == null ? null : new Call.Shown(token),
                content);
    }

    /** The same, on a thread that knows who asks. */
    private Operation told(RoutingContext context, Operation operation) {
        Caller caller = context.get(CALLER);
        Operation recorded = audited.recorded(context, operation);
        Asked asked = new Asked(context.get(REQUEST_ID), caller.user(), caller.project());
        return call -> ScopedValue.where(Asked.NOW, asked).call(() -> recorded.handle(call));
    }

    private void work(RoutingContext context, Operation operation, ValidatedRequest request) {
        Call call = call(context, request, null);
        AtomicBoolean answered = new AtomicBoolean();
        long deadline = vertx.setTimer(settings.requestDeadline().toMillis(), ignored -> {
            if (answered.compareAndSet(false, true)) {
                context.fail(
                        503,
                        new ApiFault(
                                503,
                                "This takes longer than "
                                        + settings.requestDeadline().toSeconds()
                                        + " s; it may still be done. Read before trying again."));
            }
        });
        io.vertx.core.Context loop = vertx.getOrCreateContext();
        workers.execute(() -> {
            try {
                Reply reply = operation.handle(call);
                loop.runOnContext(ignored -> finish(context, answered, deadline, () -> answer(context, reply)));
            } catch (Throwable e) {
                // Whatever it is: somebody waits for an answer.
                loop.runOnContext(ignored -> finish(context, answered, deadline, () -> context.fail(e)));
            } finally {
                requests.release();
            }
        });
    }

    private void finish(RoutingContext context, AtomicBoolean answered, long deadline, Runnable how) {
        vertx.cancelTimer(deadline);
        if (answered.compareAndSet(false, true) && !context.response().ended()) {
            how.run();
        }
    }

    private static void answer(RoutingContext context, Reply reply) {
        reply.headers().forEach((name, value) -> context.response().putHeader(name, value));
        context.response().setStatusCode(reply.status());
        JsonObject body = reply.body();
        String text = reply.text();
        if (text != null) {
            context.response().end(text);
        } else if (body == null) {
            context.response().end();
        } else {
            context.response().putHeader("Content-Type", "application/json").end(body.encode());
        }
    }

    private void fail(RoutingContext context) {
        fail(context, context.statusCode());
    }

    /** The one place where something that went wrong becomes an answer. */
    private void fail(RoutingContext context, int suggested) {
        if (context.response().ended() || context.response().headWritten()) {
            return;
        }
        if (context.get(SERVICE) == null) {
            // Its target is no path, which the router refuses by itself.
            name(context, services.getLast());
        }
        if (context.get(BODY_WAITS) != null) {
            BodyStream.letGo(context.request(), vertx);
        } else if (SocketToken.isSocket(context.request())) {
            context.request().resume();
        }
        Throwable problem = context.failure();
        int status = suggested;
        String message;
        String type = null;
        boolean unknown = false;
        if (problem instanceof ValidatorException violation) {
            status = Violations.status(violation, context.request());
            message = Violations.message(violation);
        } else if (problem != null && Faults.of(problem).isPresent()) {
            ApiFault fault = Faults.of(problem).get();
            status = fault.status();
            type = fault.type();
            unknown = fault.outcomeUnknown();
            message = String.valueOf(fault.getMessage());
            if (problem instanceof StoreException && status == 503 && storeTroubles.now()) {
                // The caller is told; the operator, who has to do something about it, reads the log.
                LOG.warn(
                        "api: {} {} was refused, the store fails: {}",
                        context.request().method(),
                        context.normalizedPath(),
                        problem.getMessage());
            }
        } else if (status == 404 || status == 405) {
            ApiFault fault = absent(context, status);
            status = fault.status();
            message = String.valueOf(fault.getMessage());
        } else if (status > 0 && status < 500) {
            message = message(status, context);
        } else {
            status = 500;
            String id = context.get(REQUEST_ID);
            LOG.error(
                    "api: {} {} failed, request {}", context.request().method(), context.normalizedPath(), id, problem);
            message = "Something went wrong inside. Please report it with the request's id " + id + ".";
        }
        if (unknown) {
            audited.unknown(context, message);
        } else {
            audited.refused(context, status, message);
        }
        if (status == 503 || status == 429) {
            context.response().putHeader("Retry-After", status == 503 ? "2" : "60");
        }
        if (status == 401) {
            context.response()
                    .putHeader("WWW-Authenticate", "Keystone uri=\"" + identity.loginUrl(baseUrl(context)) + "\"");
        }
        if (status == 413) {
            // The rest of the body is not read.
            context.response().putHeader("Connection", "close");
        }
        ApiService service = context.get(SERVICE);
        context.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .end(service.faults()
                        .body(status, type, message, context.get(REQUEST_ID), context.get(VERSION))
                        .encode());
    }

    /** No route, or none with this method: the service may know more about it. */
    private ApiFault absent(RoutingContext context, int status) {
        ApiService service = context.get(SERVICE);
        return service.absent(context.request().method(), context.normalizedPath(), context.get(VERSION))
                .orElseGet(() -> new ApiFault(status, message(status, context)));
    }

    private String message(int status, RoutingContext context) {
        return switch (status) {
            case 404 -> "The resource could not be found.";
            case 405 -> "The method " + context.request().method() + " is not allowed for this resource.";
            case 413 -> "The body must not be longer than " + settings.bodyBytesMax() + " bytes.";
            case 415 -> "The body must be application/json.";
            default -> "The request cannot be understood.";
        };
    }

    private Reply health(Call call) {
        Health now = health.get();
        JsonObject parts = new JsonObject();
        now.parts().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(part -> parts.put(part.getKey(), part.getValue()));
        CertificateWatch watch = certificates;
        if (watch != null) {
            parts.put("certificate", watch.state());
        }
        return Reply.of(
                now.ready() ? 200 : 503,
                new JsonObject().put("ready", now.ready()).put("parts", parts));
    }

    private static void requireOwnProject(ValidatedRequest request, Caller caller) {
        var project = request.getPathParameters().get("project_id");
        if (project != null && !caller.isAdmin() && !caller.project().value().equals(project.getString())) {
            throw ApiFault.badRequest("Malformed request URL: URL's project_id '" + project.getString()
                    + "' doesn't match Context's project_id '" + caller.project() + "'");
        }
    }

    private static boolean wantsStream(RoutingContext context) {
        String accept = context.request().getHeader("Accept");
        return accept != null && accept.contains("text/event-stream");
    }

    private static @Nullable Long lastSeen(RoutingContext context, ValidatedRequest request) {
        String header = context.request().getHeader("Last-Event-ID");
        if (header != null && !header.isEmpty()) {
            try {
                return Long.valueOf(header);
            } catch (NumberFormatException e) {
                throw ApiFault.badRequest("Last-Event-ID must be a number");
            }
        }
        var after = request.getQuery().get("after");
        return after != null && after.get() instanceof Number number ? number.longValue() : null;
    }

    private static String baseUrl(RoutingContext context) {
        var authority = context.request().authority();
        return context.request().scheme() + "://" + (authority == null ? "localhost" : authority.toString());
    }

    private static <T> T within(Future<T> future, String what) {
        try {
            // Not Future.await: it throws what the future failed with, checked exceptions too, past every signature.
            return future.toCompletionStage().toCompletableFuture().get(START_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException("cannot " + what + " within " + START_LIMIT.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IllegalStateException("cannot " + what + ": " + cause.getMessage(), cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("cannot " + what + ": interrupted", e);
        }
    }
}
