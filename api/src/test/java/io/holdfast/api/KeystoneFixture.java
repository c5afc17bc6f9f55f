package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.http.ApiService;
import io.holdfast.api.keystone.Keystone;
import io.holdfast.identity.Bootstrap;
import io.holdfast.identity.Directory;
import io.holdfast.identity.IdentitySettings;
import io.holdfast.identity.Logins;
import io.holdfast.identity.TokenService;
import io.holdfast.identity.TokenVerifier;
import io.holdfast.identity.crypto.Passwords;
import io.holdfast.identity.store.StoredIdentity;
import io.holdfast.model.SecretFile;
import io.holdfast.secrets.SecretReader;
import io.holdfast.store.Store;
import io.holdfast.store.testing.TestDatabase;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The API with the identity service on a real database, cheap hashes and a clock that can be moved. */
abstract class KeystoneFixture extends ApiFixture {

    static final String PASSWORD = "s3cret of the test";
    static final int FAILURES = 5;

    @TempDir
    Path directory;

    final AtomicLong ahead = new AtomicLong();
    final TestDatabase database = TestDatabase.fresh();
    final Store store = database.store(List.of());
    final IdentitySettings settings = settings();
    final Passwords passwords = new Passwords(new Passwords.Cost(8, 1), 2);
    Directory people;
    TokenService tokens;

    private static IdentitySettings settings() {
        IdentitySettings defaults = IdentitySettings.defaults();
        return new IdentitySettings(
                "north", null, defaults.tokenTime(), defaults.keyTime(), FAILURES, 2, defaults.bootstrap(), null);
    }

    /** One controller's token service on the shared database. */
    TokenService tokenService() {
        StoredIdentity stored = new StoredIdentity(store);
        return new TokenService(stored.tokens(), stored.directory(), settings, clock(), this::nanos);
    }

    InstantSource clock() {
        return () -> Instant.now().plus(ahead.get(), ChronoUnit.NANOS);
    }

    long nanos() {
        return System.nanoTime() + ahead.get();
    }

    void pass(Duration time) {
        ahead.addAndGet(time.toNanos());
    }

    @Override
    TokenVerifier identity() {
        StoredIdentity stored = new StoredIdentity(store);
        people = stored.directory();
        try {
            Path password = Files.writeString(directory.resolve("password"), PASSWORD + "\n");
            Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
            new Bootstrap(stored.first(), people, passwords, SecretReader.ofCommand(Map.of()))
                    .run(new IdentitySettings.Bootstrap("admin", SecretFile.of(password)), directory.resolve("made"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        tokens = new TokenService(stored.tokens(), people, settings, clock(), this::nanos);
        return tokens;
    }

    @Override
    List<ApiService> beside() {
        Logins logins = new Logins(people, tokens, passwords, settings.failuresPerMinute(), this::nanos);
        return List.of(new Keystone(people, tokens, logins, passwords, settings));
    }

    @AfterEach
    void closeDatabase() {
        database.close();
    }

    static JsonObject object(String json) {
        return new JsonObject(json.replace('\'', '"'));
    }

    static JsonObject domain() {
        return object("{'name': 'Default'}");
    }

    static JsonObject passwordOf(String name, String password) {
        return new JsonObject()
                .put("methods", new JsonArray().add("password"))
                .put(
                        "password",
                        new JsonObject()
                                .put(
                                        "user",
                                        new JsonObject()
                                                .put("name", name)
                                                .put("domain", domain())
                                                .put("password", password)));
    }

    static JsonObject onProject(String name) {
        return new JsonObject()
                .put("project", new JsonObject().put("name", name).put("domain", domain()));
    }

    HttpResponse<String> login(JsonObject identity, @Nullable Object scope) throws Exception {
        JsonObject auth = new JsonObject().put("identity", identity);
        if (scope != null) {
            auth.put("scope", scope);
        }
        return send(
                "POST",
                "/identity/v3/auth/tokens",
                null,
                null,
                new JsonObject().put("auth", auth).encode());
    }

    String token(HttpResponse<String> login) {
        assertThat(login.statusCode()).as(login.body()).isEqualTo(201);
        return login.headers().firstValue("X-Subject-Token").orElseThrow();
    }

    String admin() throws Exception {
        return token(login(passwordOf("admin", PASSWORD), onProject("admin")));
    }

    HttpResponse<String> aboutToken(String method, String token, String subject) throws Exception {
        HttpRequest.Builder request = request("/identity/v3/auth/tokens", token)
                .header("X-Subject-Token", subject)
                .method(method, HttpRequest.BodyPublishers.noBody());
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> v3(String method, String path, String token, @Nullable String json) throws Exception {
        return send(method, "/identity/v3" + path, token, null, json == null ? null : json.replace('\'', '"'));
    }

    JsonObject made(String path, String key, String token, String json) throws Exception {
        HttpResponse<String> response = v3("POST", path, token, json);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        return json(response).getJsonObject(key);
    }

    static void assertKeystoneFault(HttpResponse<String> response, int status) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        JsonObject error = json(response).getJsonObject("error");
        assertThat(error.getInteger("code")).isEqualTo(status);
        assertThat(error.getString("title")).isNotBlank();
        assertThat(error.getString("message")).isNotBlank();
    }
}
