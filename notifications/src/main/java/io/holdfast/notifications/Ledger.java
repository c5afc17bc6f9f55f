package io.holdfast.notifications;

import io.holdfast.model.Fact;
import io.holdfast.model.ProjectId;
import io.holdfast.notifications.core.Filter;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What must not be forgotten: subscriptions, facts, and how far each fact has come with each subscriber.
 *
 * <p>Every verb is one transaction and blocks. It throws the store's exceptions when the database cannot be asked;
 * nothing was changed then.
 */
public interface Ledger {

    /** How many attempts are kept of each webhook. */
    int ATTEMPTS_KEPT = 100;

    /** Subscriptions that are served and not paused, with their secrets. */
    List<Subscription> subscriptions();

    /** One of them, whether it is served or not. */
    Optional<Subscription> subscription(UUID webhook);

    /**
     * @param limit how many a project (or, project null, the operators) may have
     * @throws IllegalArgumentException when there are that many already
     */
    void add(Subscription subscription, int limit);

    boolean delete(UUID webhook);

    /** While it is paused nothing of it is claimed. False when there is no such webhook. */
    boolean pause(UUID webhook);

    /** The opposite of {@link #pause} and of {@link #disable}. */
    boolean resume(UUID webhook);

    /** The last {@link #ATTEMPTS_KEPT}, newest first. */
    List<Webhooks.Attempt> attempts(UUID webhook);

    /** Notes an attempt that no delivery stands behind. */
    void note(UUID webhook, Webhooks.Attempt attempt);

    /** Deliveries that were given up, oldest first. */
    List<Webhooks.DeadLetter> deadLetters(UUID webhook, int limit);

    /**
     * Has dead deliveries wait again, with their attempts counted on.
     *
     * @param fact of one of them, or null for all
     * @return how many
     */
    int revive(UUID webhook, @Nullable UUID fact, Instant now);

    /** Serves a webhook no more, and gives up what waits for it. */
    void disable(UUID webhook, String why);

    List<Webhooks.Webhook> list(@Nullable ProjectId project);

    Optional<Webhooks.Webhook> find(UUID webhook);

    /**
     * Makes deliveries of the oldest facts that nobody has looked at yet, for every subscription they concern, marks them
     * as dispatched, and gives each its place in the feed.
     *
     * @return how many facts were dispatched; less than {@code limit} means that none is left
     */
    int dispatch(int limit, Instant now);

    /**
     * Records facts that were told from memory (as dispatched, with a waiting delivery for everybody they concern), and
     * then the outcomes of attempts, those from memory included. Facts and outcomes that are recorded already change
     * nothing.
     */
    void settle(List<Told> told, List<Outcome> outcomes, Instant now);

    /**
     * Takes deliveries whose turn it is ({@link io.holdfast.notifications.core.SubjectOrder}), counting the attempt and
     * putting off the next one by {@code hold}; so that nobody else takes them meanwhile, and that they come up again
     * when this process dies before it can say what came of them.
     */
    List<Delivery> claim(Instant now, Duration hold, int perWebhook, int limit);

    /**
     * Facts after a place in the feed, oldest first; see {@link Feed#after}. What is not dispatched has no place yet, and
     * a fact never gets one before the place of a fact that somebody could have seen already.
     */
    List<Feed.Numbered> after(long after, @Nullable ProjectId project, int limit);

    /** The newest place in the feed; zero when it is empty. */
    long newest();

    /**
     * The place of a sink that reads the feed by itself; at first the newest that there is. Facts beyond it are not
     * forgotten, so a sink that is not served any more has to be dropped ({@link #dropSinksBut}).
     *
     * @param holder who asks; holds the place until {@code now + hold}
     * @return empty while another one holds it
     */
    OptionalLong holdPlace(String sink, UUID holder, Instant now, Duration hold);

    /** Everything up to this place was taken. False when somebody else holds it by now; nothing was changed then. */
    boolean movePlace(String sink, UUID holder, long place);

    /** Forgets the places of all other sinks. */
    void dropSinksBut(Set<String> sinks);

    /**
     * Removes facts (and deliveries that came to an end) from before that time; returns how many facts. What a paused
     * webhook waits for from before that time is given up.
     */
    int forget(Instant before);

    /** A subscription as the sender needs it. {@code toString} does not show the secret. */
    record Subscription(
            UUID id,
            @Nullable ProjectId project,
            URI url,
            Filter filter,
            Webhooks.Form form,
            String secret,
            Instant createdAt,
            String createdBy) {

        @Override
        public String toString() {
            return "webhook " + id + " of " + (project == null ? "operators" : "project " + project);
        }
    }

    /**
     * A fact that was told from memory.
     *
     * @param tried the webhooks that an attempt was made on (or is being made)
     * @param notBefore until when those attempts may be on their way
     */
    record Told(Fact fact, Set<UUID> tried, Instant notBefore) {

        public Told {
            tried = Set.copyOf(tried);
        }
    }

    /** @param attempt the number of this attempt, from 1 */
    record Delivery(UUID webhook, Fact fact, int attempt) {}

    /**
     * What is to be done with a delivery.
     *
     * <p>Each names the attempt that it comes from, to be kept in the log; none when there was no attempt.
     */
    sealed interface Outcome {

        UUID webhook();

        UUID fact();

        Webhooks.@Nullable Attempt attempt();

        record Delivered(UUID webhook, UUID fact, Instant at, Webhooks.@Nullable Attempt attempt) implements Outcome {}

        /** It failed and is tried again. */
        record Again(UUID webhook, UUID fact, String error, Instant notBefore, Webhooks.@Nullable Attempt attempt)
                implements Outcome {}

        /** It failed and is not tried again. */
        record Dead(UUID webhook, UUID fact, String error, Webhooks.@Nullable Attempt attempt) implements Outcome {}
    }
}
