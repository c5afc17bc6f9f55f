package io.holdfast.notifications;

import io.holdfast.model.Actor;
import io.holdfast.model.ProjectId;
import io.holdfast.notifications.core.Filter;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Subscriptions. Each verb is durable when it returns. */
public interface Webhooks {

    /** Of one project, or all when it is null. */
    List<Webhook> list(@Nullable ProjectId project);

    Optional<Webhook> find(UUID id);

    /**
     * Subscribes a URL. Every fact that is dispatched from now on and passes the filter is delivered; so whoever reads
     * the state of the world after this has returned misses nothing.
     *
     * @throws IllegalArgumentException when the URL is not http(s), or a limit is exceeded
     */
    Webhook add(Wanted wanted, Actor by);

    boolean delete(UUID id);

    /** From now on its facts wait, for as long as facts are kept. False when there is no such webhook. */
    boolean pause(UUID id);

    /** What waited goes out. Serves one again that its receiver had ended, too. False when there is no such webhook. */
    boolean resume(UUID id);

    /**
     * Makes one attempt with a fact of the type {@code webhook.test} that says that it is a test, now and outside of
     * every order, and waits for what comes of it; noted in the log of attempts. Works while it is paused, too.
     *
     * @throws IllegalArgumentException when there is no such webhook, or too many tests are under way
     */
    Attempt test(UUID id, Actor by);

    /** The last {@link Ledger#ATTEMPTS_KEPT} attempts, newest first. */
    List<Attempt> attempts(UUID id);

    /** Facts that were given up, oldest first. */
    List<DeadLetter> deadLetters(UUID id, int limit);

    /**
     * Has what was given up tried once more; when it fails again it is dead again. The receiver sees that it is a
     * repetition by the number of the attempt.
     *
     * @param fact one of them, or null for all
     * @return how many
     */
    int retry(UUID id, @Nullable UUID fact);

    /**
     * @param project whose facts; null for the operator's, which are all
     * @param secret key of the signature, 16 to 256 characters; stored encrypted and never shown again
     */
    record Wanted(@Nullable ProjectId project, URI url, Filter filter, Form form, String secret) {

        /** Without the secret. */
        @Override
        public String toString() {
            return "a webhook to " + url.getHost() + " for " + (project == null ? "operators" : "project " + project);
        }
    }

    /** In which form a fact is sent. */
    enum Form {
        /** Our own: the fault's record. */
        HOLDFAST,
        /** A CloudEvent 1.0 in structured mode, whose data is the fault's record. */
        CLOUDEVENTS;

        /** As it is spelled outside. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Whether it is served. */
    enum State {
        ACTIVE,
        /** By its owner, until it is resumed. */
        PAUSED,
        /** Its receiver answered that it wants nothing more. */
        DISABLED
    }

    /**
     * @param pending deliveries that wait
     * @param dead deliveries that were given up
     */
    record Webhook(
            UUID id,
            @Nullable ProjectId project,
            URI url,
            Filter filter,
            Form form,
            State state,
            Instant createdAt,
            String createdBy,
            long pending,
            long dead,
            String lastError) {}

    /**
     * One try to hand one fact to the receiver.
     *
     * @param number of this attempt, from 1; of a test always 1
     * @param status of HTTP, 0 when there was no answer
     * @param tookMillis until the answer, or until we gave up
     * @param error empty when it was taken
     */
    record Attempt(
            UUID fact, String type, int number, Instant at, Result result, int status, long tookMillis, String error) {}

    /** What came of an attempt. */
    enum Result {
        DELIVERED,
        /** It is tried again. */
        AGAIN,
        /** It was given up. */
        DEAD
    }

    /** @param attempts how many were made */
    record DeadLetter(UUID fact, String type, String subject, Instant at, int attempts, String error) {}
}
