package io.holdfast.identity.external;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.holdfast.identity.Bearer;
import io.holdfast.identity.IdentityException;
import io.holdfast.identity.IdentitySettings;
import io.holdfast.identity.Scope;
import io.holdfast.identity.Verdict;
import io.holdfast.model.SecretFile;
import io.holdfast.secrets.SecretReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a small Keystone that answers as the real one does, or as it should not. */
class ExternalKeystoneTest {

    @TempDir
    Path directory;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2030-01-01T00:00:00Z"));
    private final AtomicInteger logins = new AtomicInteger();
    private final AtomicInteger questions = new AtomicInteger();
    private final Map<String, String> tokens = new ConcurrentHashMap<>();
    private volatile int broken;
    private volatile boolean refusesOurs;
    private HttpServer server;
    private ExternalKeystone keystone;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v3/auth/tokens", this::answer);
        server.start();
        Path password = Files.writeString(directory.resolve("password"), "ours\n");
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
        keystone = new ExternalKeystone(
                new IdentitySettings.Keystone(
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v3"),
                        "holdfast",
                        null,
                        SecretFile.of(password),
                        null,
                        null,
                        null,
                        null,
                        Duration.ofSeconds(30),
                        null,
                        Duration.ofSeconds(5)),
                SecretReader.ofCommand(Map.of()),
                now::get,
                () -> Duration.between(Instant.EPOCH, now.get()).toNanos());
        tokens.put(
                "ann's",
                described(
                        "ann",
                        "2030-01-01T01:00:00.000000Z",
                        "'project': {'id': 'blue'}, 'roles': [{'name': 'Member'}]"));
    }

    @AfterEach
    void stop() {
        keystone.close();
        server.stop(0);
    }

    private static String described(String user, String end, String more) {
        return ("{'token': {'user': {'id': 'id-" + user + "', 'name': '" + user + "'}, 'expires_at': '" + end + "', "
                        + more + "}}")
                .replace('\'', '"');
    }

    private void answer(HttpExchange exchange) throws IOException {
        int status;
        String body = "{}";
        if (exchange.getRequestMethod().equals("POST")) {
            String sent = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            boolean right = sent.contains("\"password\":\"ours\"") && sent.contains("\"name\":\"service\"");
            status = right ? 201 : 401;
            exchange.getResponseHeaders().set("X-Subject-Token", "own-" + logins.incrementAndGet());
            body = described("holdfast", now.get().plusSeconds(3600).toString(), "'roles': []");
        } else {
            questions.incrementAndGet();
            String ours = exchange.getRequestHeaders().getFirst("X-Auth-Token");
            String known = tokens.get(exchange.getRequestHeaders().getFirst("X-Subject-Token"));
            boolean refused = refusesOurs && ours.equals("own-1");
            status = broken != 0 ? broken : refused ? 401 : known == null ? 404 : 200;
            body = known == null ? body : known;
        }
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Test
    void anAnswerIsBelievedForAWhile() {
        assertThat(keystone.remembered("ann's")).isEmpty();
        Verdict.Good good = (Verdict.Good) keystone.ask("ann's");
        assertThat(good.bearer())
                .isEqualTo(new Bearer(
                        "id-ann",
                        "ann",
                        new Scope.OnProject("blue"),
                        Set.of("member"),
                        Instant.parse("2030-01-01T01:00:00Z"),
                        false));
        assertThat(keystone.remembered("ann's")).hasValue(good);
        now.updateAndGet(at -> at.plusSeconds(30));
        assertThat(keystone.remembered("ann's")).isEmpty();
        assertThat(keystone.ask("ann's")).isEqualTo(good);
        assertThat(logins).as("one login for both").hasValue(1);
        assertThat(keystone.ask("made up")).isInstanceOf(Verdict.Wrong.class);
        tokens.put("late", described("ann", "2029-12-31T00:00:00Z", "'roles': []"));
        assertThat(keystone.ask("late")).isInstanceOf(Verdict.Ended.class);
    }

    @Test
    void ourOwnTokenIsRenewedBeforeItEndsAndWhenItIsRefused() {
        assertThat(keystone.ask("ann's")).isInstanceOf(Verdict.Good.class);
        refusesOurs = true;
        assertThat(keystone.ask("ann's")).isInstanceOf(Verdict.Good.class);
        assertThat(logins).hasValue(2);
        now.updateAndGet(at -> at.plusSeconds(3550));
        assertThat(keystone.ask("ann's")).isInstanceOf(Verdict.Good.class);
        assertThat(logins).hasValue(3);
    }

    @Test
    void nobodyIsLetInWhileItCannotBeAsked() throws IOException {
        for (int status : new int[] {401, 403, 500, 503, 302}) {
            broken = status;
            assertRefused("ann's");
        }
        broken = 0;
        for (String nonsense : new String[] {
            "",
            "[]",
            "{\"token\": {}}",
            "not JSON",
            described("ann", "soon", "'roles': []"),
            described("ann", "2030-01-01T01:00:00Z", "'project': {'id': '../x'}")
        }) {
            tokens.put("odd", nonsense);
            assertRefused("odd");
        }
        tokens.put("odd", described("ann", "2030-01-01T01:00:00Z", "'x': '" + "y".repeat(300_000) + "'"));
        assertRefused("odd");
        server.stop(0);
        assertRefused("ann's");
        Files.writeString(directory.resolve("password"), "theirs\n");
    }

    @Test
    void aLoginThatIsRefusedLetsNobodyIn() throws IOException {
        Files.writeString(directory.resolve("password"), "theirs\n");
        assertRefused("ann's");
        assertThat(questions).hasValue(0);
    }

    private void assertRefused(String token) {
        assertThatThrownBy(() -> keystone.ask(token))
                .isInstanceOfSatisfying(
                        IdentityException.class, e -> assertThat(e.kind()).isEqualTo(IdentityException.Kind.BUSY));
    }
}
