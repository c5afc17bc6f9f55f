package io.holdfast.fencing.redfish.sim;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.holdfast.fencing.sim.HostPower;
import io.holdfast.fencing.sim.SimulatedHardware;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A Redfish service on a TCP port, from {@link #start} to {@link #close}. */
public final class RedfishFront implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ROOT = "/redfish/v1";

    private static final String ACCOUNT_SERVICE = ROOT + "/AccountService";
    private static final String ACCOUNTS = ACCOUNT_SERVICE + "/Accounts";
    private static final String ACCOUNT = ACCOUNTS + "/1";
    private static final String ROLE = ACCOUNT_SERVICE + "/Roles/1";
    private static final String MANAGER = ROOT + "/Managers/1";

    /** As few as real ones have. */
    private static final int SESSIONS_MAX = 8;

    private static final List<String> RESETS = List.of("On", "ForceOff", "GracefulShutdown", "ForceRestart");

    private final HttpsServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Vendor vendor;
    private final String user;
    private final String password;
    private final Map<String, HostPower> systems;
    /** Token by the session's id. */
    private final Map<String, String> sessions = new ConcurrentHashMap<>();

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private volatile List<String> privileges = List.of("Login", "ConfigureComponents");
    private volatile List<String> makersPrivileges = List.of();
    private volatile InstantSource clock = InstantSource.system();
    private volatile FrontFault fault = new FrontFault.None();
    private volatile HardwareFront hardware = new HardwareFront(new SimulatedHardware());

    /** An answer that is not given yet. */
    private record Answer(int status, @Nullable JsonNode body, Map<String, String> headers) {
        static Answer of(int status, JsonNode body) {
            return new Answer(status, body, Map.of());
        }
    }

    private RedfishFront(
            HttpsServer server, Vendor vendor, String user, String password, Map<String, HostPower> systems) {
        this.server = server;
        this.vendor = vendor;
        this.user = user;
        this.password = password;
        this.systems = new LinkedHashMap<>(systems);
    }

    /**
     * @param at address and port to listen at; port 0 for any that is free
     * @param identity the key and the certificate that it shows
     * @param user the one account
     * @param systems by their ids, in the order in which they are listed
     * @throws IOException if that port cannot be had
     */
    public static RedfishFront start(
            InetSocketAddress at,
            SSLContext identity,
            Vendor vendor,
            String user,
            String password,
            Map<String, HostPower> systems)
            throws IOException {
        HttpsServer server = HttpsServer.create(at, 0);
        server.setHttpsConfigurator(new HttpsConfigurator(identity));
        RedfishFront front = new RedfishFront(server, vendor, user, password, systems);
        server.createContext("/", front::serve);
        server.setExecutor(front.threads);
        server.start();
        return front;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /** From the next request on, until the next fault. */
    public void fault(FrontFault wanted) {
        fault = wanted;
    }

    /** What the one account may do, by the standard and by the maker. Who may not configure components gets no order obeyed. */
    public void privileges(List<String> standard, List<String> makers) {
        privileges = List.copyOf(standard);
        makersPrivileges = List.copyOf(makers);
    }

    /** What its manager's clock shows. */
    public void clock(InstantSource wanted) {
        clock = wanted;
    }

    /** Whose health it tells: that of all its systems. */
    public void hardware(SimulatedHardware wanted) {
        hardware = new HardwareFront(wanted);
    }

    /** How many sessions are open right now. */
    public int openSessions() {
        return sessions.size();
    }

    /** Method and path of each request so far. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    /** Stops listening and cuts every connection. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void serve(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String line = exchange.getRequestMethod() + " " + path;
        requests.add(line);
        byte[] body = exchange.getRequestBody().readAllBytes();
        FrontFault now = fault;
        if (now instanceof FrontFault.Silent) {
            return;
        }
        Answer answer = answer(now, line, path, exchange, body);
        Duration delay = switch (now) {
            case FrontFault.Slow slow -> slow.delay();
            case FrontFault.SlowLogin slow when line.equals("POST " + vendor.sessions()) -> slow.delay();
            default -> Duration.ZERO;
        };
        try {
            Thread.sleep(delay);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            exchange.close();
            return;
        }
        give(exchange, now, path, answer);
    }

    private void give(HttpExchange exchange, FrontFault now, String path, Answer answer) throws IOException {
        byte[] bytes = answer.body() == null ? new byte[0] : JSON.writeValueAsBytes(answer.body());
        boolean system = systemAt(path).isPresent();
        switch (now) {
            case FrontFault.Garbled garbled -> bytes = garbled.body().getBytes(StandardCharsets.UTF_8);
            case FrontFault.SayingAboutPower saying when system -> bytes = aboutPower(bytes, saying.json());
            case FrontFault.Oversized large
            when system ->
                bytes = (new String(bytes, StandardCharsets.UTF_8) + " ".repeat(large.bytes()))
                        .getBytes(StandardCharsets.UTF_8);
            default -> {}
        }
        answer.headers().forEach(exchange.getResponseHeaders()::set);
        exchange.getResponseHeaders().set("OData-Version", "4.0");
        exchange.getResponseHeaders().set("Content-Type", "application/json; charset=utf-8");
        boolean breaks = now instanceof FrontFault.Breaking && system;
        exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length + (breaks ? 100 : 0));
        if (bytes.length > 0) {
            OutputStream out = exchange.getResponseBody();
            out.write(bytes);
            out.flush();
        }
        // Ends the connection too, where less was written than was promised.
        exchange.close();
    }

    private static byte[] aboutPower(byte[] description, String json) {
        String text = new String(description, StandardCharsets.UTF_8);
        return text.replaceAll("\"PowerState\":\"[A-Za-z]*\"", "\"PowerState\":" + json)
                .getBytes(StandardCharsets.UTF_8);
    }

    private Answer answer(FrontFault now, String line, String path, HttpExchange exchange, byte[] body) {
        if (now instanceof FrontFault.Garbled) {
            return new Answer(200, null, Map.of());
        }
        if (now instanceof FrontFault.Redirecting redirecting) {
            return new Answer(307, null, Map.of("Location", redirecting.to()));
        }
        if (now instanceof FrontFault.Elsewhere) {
            return missing(path);
        }
        if (now instanceof FrontFault.ClosedRoot && !isKnown(exchange)) {
            return noValidSession();
        }
        boolean root = path.equals(ROOT) || path.equals(ROOT + "/");
        if (root && exchange.getRequestMethod().equals("GET")) {
            return Answer.of(200, root());
        }
        switch (now) {
            case FrontFault.Busy busy -> {
                Answer said = error(503, "ServiceTemporarilyUnavailable", "The service is temporarily unavailable.");
                return busy.retryAfterSeconds().isEmpty()
                        ? said
                        : new Answer(
                                503,
                                said.body(),
                                Map.of(
                                        "Retry-After",
                                        String.valueOf(busy.retryAfterSeconds().getAsInt())));
            }
            case FrontFault.Failing _ -> {
                return error(500, "InternalError", "The request failed due to an internal service error.");
            }
            default -> {}
        }
        if (line.equals("POST " + vendor.sessions())) {
            return logIn(now, body);
        }
        if (now instanceof FrontFault.RefusingLogins || !isKnown(exchange)) {
            return noValidSession();
        }
        if (exchange.getRequestMethod().equals("DELETE")) {
            return logOut(path);
        }
        return exchange.getRequestMethod().equals("POST")
                ? reset(now, path, exchange, body)
                : describe(path, exchange.getRequestURI().getQuery());
    }

    private static Answer noValidSession() {
        return error(401, "NoValidSession", "There is no valid session established with the implementation.");
    }

    private Answer logIn(FrontFault now, byte[] body) {
        if (now instanceof FrontFault.WithoutSessions) {
            return error(405, "OperationNotAllowed", "The HTTP method is not allowed on this resource.");
        }
        JsonNode sent = read(body);
        if (now instanceof FrontFault.RefusingLogins
                || !sent.path("UserName").asText().equals(user)
                || !sent.path("Password").asText().equals(password)) {
            return noValidSession();
        }
        if (sessions.size() >= SESSIONS_MAX) {
            return error(
                    503,
                    "SessionLimitExceeded",
                    "The session establishment failed due to the number of simultaneous sessions exceeding the limit.");
        }
        String id = UUID.randomUUID().toString();
        String token = UUID.randomUUID().toString();
        sessions.put(id, token);
        String at = vendor.session(id);
        Map<String, String> headers = new LinkedHashMap<>(Map.of("X-Auth-Token", token));
        switch (vendor) {
            case PLAIN, ACTION_INFO, PAGES -> headers.put("Location", at);
            case SLASHES -> headers.put("Location", "https://bmc.example" + at);
            case TERSE -> {}
        }
        return new Answer(201, resource(at, id), headers);
    }

    private Answer logOut(String path) {
        for (String id : sessions.keySet()) {
            if (vendor.session(id).equals(path)) {
                sessions.remove(id);
                return new Answer(204, null, Map.of());
            }
        }
        return missing(path);
    }

    private boolean isKnown(HttpExchange exchange) {
        String token = exchange.getRequestHeaders().getFirst("X-Auth-Token");
        String basic =
                "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
        return token == null
                ? basic.equals(exchange.getRequestHeaders().getFirst("Authorization"))
                : sessions.containsValue(token);
    }

    private Answer reset(FrontFault now, String path, HttpExchange exchange, byte[] body) {
        for (Map.Entry<String, HostPower> system : systems.entrySet()) {
            if (vendor.reset(system.getKey()).equals(path)) {
                return reset(now, system.getValue(), exchange, body);
            }
        }
        return missing(path);
    }

    private Answer reset(FrontFault now, HostPower power, HttpExchange exchange, byte[] body) {
        String type = read(body).path("ResetType").asText();
        if (!privileges.contains("ConfigureComponents")) {
            return forbidden();
        }
        switch (now) {
            case FrontFault.Forbidding _ -> {
                return forbidden();
            }
            case FrontFault.RefusingOrders refusing -> {
                return error(400, "ActionNotSupported", refusing.reason());
            }
            case FrontFault.Repeating _ -> {
                String all = exchange.getRequestHeaders().getFirst("X-Auth-Token") + " "
                        + exchange.getRequestHeaders().getFirst("Authorization");
                return error(400, "PropertyValueError", "Sent was: " + all + " in a request for " + type);
            }
            case FrontFault.Lying _ -> {
                return new Answer(204, null, Map.of());
            }
            default -> {}
        }
        switch (type) {
            case "On", "ForceRestart" -> power.power(true);
            case "ForceOff", "GracefulShutdown" -> power.power(false);
            default -> {
                return error(400, "ActionParameterNotSupported", "The parameter ResetType has no value " + type + ".");
            }
        }
        return new Answer(204, null, Map.of());
    }

    private static Answer forbidden() {
        return error(
                403,
                "InsufficientPrivilege",
                "There are insufficient privileges for the account or credentials associated with the current"
                        + " session to perform the requested operation.");
    }

    /** Accounts, their roles and the manager, which the older kind does not have. */
    private Answer surroundings(String path) {
        if (vendor == Vendor.TERSE) {
            return missing(path);
        }
        Optional<ObjectNode> part = hardware.at(path, vendor.subsystems());
        if (part.isPresent()) {
            return Answer.of(200, part.get());
        }
        ObjectNode found = resource(path, "1");
        switch (path) {
            case ACCOUNT_SERVICE -> found.putObject("Accounts").put("@odata.id", ACCOUNTS);
            case ACCOUNTS -> found.putArray("Members").addObject().put("@odata.id", ACCOUNT);
            case ACCOUNT ->
                found.put("UserName", user).putObject("Links").putObject("Role").put("@odata.id", ROLE);
            case ROLE -> {
                privileges.forEach(found.putArray("AssignedPrivileges")::add);
                makersPrivileges.forEach(found.putArray("OemPrivileges")::add);
            }
            case MANAGER -> found.put("DateTime", clock.instant().toString());
            default -> {
                return missing(path);
            }
        }
        return Answer.of(200, found);
    }

    private Answer describe(String path, @Nullable String query) {
        if (path.equals(vendor.systems())) {
            return Answer.of(200, collection(query));
        }
        Optional<String> system = systemAt(path);
        if (system.isPresent()) {
            return Answer.of(200, system(system.get()));
        }
        for (String id : systems.keySet()) {
            if (vendor == Vendor.ACTION_INFO && vendor.resetInfo(id).equals(path)) {
                ObjectNode info = resource(path, "ResetActionInfo");
                ObjectNode parameter = info.putArray("Parameters").addObject().put("Name", "ResetType");
                RESETS.forEach(parameter.putArray("AllowableValues")::add);
                return Answer.of(200, info);
            }
        }
        return surroundings(path);
    }

    private Optional<String> systemAt(String path) {
        return systems.keySet().stream()
                .filter(id -> vendor.system(id).equals(path))
                .findFirst();
    }

    private ObjectNode root() {
        ObjectNode root = resource(ROOT + "/", "RootService").put("RedfishVersion", "1.15.0");
        root.putObject("Systems").put("@odata.id", vendor.systems());
        if (vendor != Vendor.TERSE) {
            root.putObject("AccountService").put("@odata.id", ACCOUNT_SERVICE);
        }
        root.putObject("Links").putObject("Sessions").put("@odata.id", vendor.sessions());
        return root;
    }

    private ObjectNode collection(@Nullable String query) {
        ObjectNode collection = resource(vendor.systems(), "Systems").put("Members@odata.count", systems.size());
        ArrayNode members = collection.putArray("Members");
        List<String> ids = new ArrayList<>(systems.keySet());
        int from = query != null && query.startsWith("$skip=") ? Integer.parseInt(query.substring(6)) : 0;
        int to = vendor == Vendor.PAGES ? Math.min(from + 1, ids.size()) : ids.size();
        for (String id : ids.subList(from, to)) {
            members.addObject().put("@odata.id", vendor.system(id));
        }
        if (to < ids.size()) {
            collection.put("Members@odata.nextLink", vendor.systems() + "?$skip=" + to);
        }
        return collection;
    }

    private ObjectNode system(String id) {
        HostPower power = systems.get(id);
        ObjectNode system =
                resource(vendor.system(id), id).put("PowerState", power != null && power.hasPower() ? "On" : "Off");
        if (vendor != Vendor.TERSE) {
            ObjectNode links = system.putObject("Links");
            links.putArray("ManagedBy").addObject().put("@odata.id", MANAGER);
            links.putArray("Chassis").addObject().put("@odata.id", HardwareFront.CHASSIS);
        }
        system.set("Status", hardware.whole());
        ObjectNode reset = system.putObject("Actions").putObject("#ComputerSystem.Reset");
        reset.put("target", vendor.reset(id));
        switch (vendor) {
            case PLAIN, SLASHES, PAGES -> RESETS.forEach(reset.putArray("ResetType@Redfish.AllowableValues")::add);
            case ACTION_INFO -> reset.put("@Redfish.ActionInfo", vendor.resetInfo(id));
            case TERSE -> {}
        }
        return system;
    }

    private static ObjectNode resource(String path, String id) {
        return JSON.createObjectNode().put("@odata.id", path).put("Id", id);
    }

    private static Answer missing(String path) {
        return error(404, "ResourceMissingAtURI", "The resource at the URI " + path + " was not found.");
    }

    private static Answer error(int status, String id, String message) {
        ObjectNode body = JSON.createObjectNode();
        ObjectNode error = body.putObject("error");
        error.put("code", "Base.1.8.GeneralError").put("message", "See @Message.ExtendedInfo.");
        error.putArray("@Message.ExtendedInfo")
                .addObject()
                .put("MessageId", "Base.1.8." + id)
                .put("Message", message);
        return Answer.of(status, body);
    }

    private static JsonNode read(byte[] body) {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            return JSON.createObjectNode();
        } catch (IOException e) {
            throw new IllegalStateException("bytes in memory are always readable", e);
        }
    }
}
