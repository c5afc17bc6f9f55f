package io.holdfast.server.demo;

import io.holdfast.model.Fact;
import io.holdfast.model.ProjectId;
import io.holdfast.model.SecretFile;
import io.holdfast.notifications.Ledger;
import io.holdfast.notifications.NotificationSettings;
import io.holdfast.notifications.Webhooks;
import io.holdfast.notifications.core.Filter;
import io.holdfast.notifications.store.PostgresLedger;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.Subprocess;
import io.holdfast.store.EmbeddedPostgres;
import io.holdfast.store.Outbox;
import io.holdfast.store.StoreSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A database with an outbox, which outlives the processes that drain it: each is the part of a controller that does, and can be killed. For
 * measurements. Lives in a directory of its own until it is closed.
 */
public final class OutboxAlone implements AutoCloseable {

    private static final ProjectId OWNER = ProjectId.of("bench");

    private final DatabaseAlone database;

    private OutboxAlone(DatabaseAlone database) {
        this.database = database;
    }

    /** Starts the database; blocks until it answers. */
    public static OutboxAlone open() throws IOException {
        return new OutboxAlone(DatabaseAlone.open("outbox", List.of()));
    }

    /** Where a process of its own finds the database. */
    static StoreSettings settings(String url, String state) {
        return StoreSettings.defaults()
                .withExternal(
                        URI.create(url), "holdfast", SecretFile.of(EmbeddedPostgres.passwordFile(Path.of(state))));
    }

    /** The product's own, but for a receiver on this machine. */
    static NotificationSettings notifications() {
        return NotificationSettings.defaults().allowing(List.of("127.0.0.0/8"));
    }

    /** The key that webhooks' secrets are encrypted with, shared by all who deliver. */
    private Path key() {
        return database.directory().resolve("webhook.key");
    }

    /** Starts a process that drains the outbox until its input ends; what is said to it and what it says is in {@link Drainer}. */
    public Process drainer() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseG1GC",
                "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Drainer.class.getName(),
                database.server().jdbcUrl("holdfast"),
                database.directory().resolve("state").toString(),
                key().toString()));
        return Subprocess.of(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Puts facts about as many instances into the outbox, all in one transaction: whoever drains it finds them at once. */
    public void write(int facts, int instances) {
        List<UUID> subjects = Stream.generate(UUID::randomUUID).limit(instances).toList();
        database.store().inTransactionDo(session -> {
            for (int i = 0; i < facts; i++) {
                UUID instance = subjects.get(i % instances);
                Outbox.append(
                        session,
                        new Fact(
                                UUID.randomUUID(),
                                "instance.host-failed",
                                "instance/" + instance,
                                OWNER,
                                Instant.now(),
                                Map.of(
                                        "host",
                                        "h" + i % 20,
                                        "instanceId",
                                        instance.toString(),
                                        "name",
                                        "bench-" + i,
                                        "reason",
                                        "lease, group and probe agree: silent past their times")));
            }
        });
    }

    /** A webhook of the facts' owner. */
    public void subscribe(URI url, String secret) {
        PostgresLedger.open(database.store(), key(), SecretReader.ofCommand(Map.of()))
                .add(
                        new Ledger.Subscription(
                                UUID.randomUUID(),
                                OWNER,
                                url,
                                Filter.ALL,
                                Webhooks.Form.HOLDFAST,
                                secret,
                                Instant.now(),
                                "the measurement"),
                        1);
    }

    @Override
    public void close() throws IOException {
        database.close();
    }
}
