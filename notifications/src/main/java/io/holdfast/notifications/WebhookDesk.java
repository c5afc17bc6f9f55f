package io.holdfast.notifications;

import io.holdfast.model.Actor;
import io.holdfast.model.Fact;
import io.holdfast.model.ProjectId;
import io.holdfast.notifications.Ledger.Subscription;
import io.holdfast.notifications.webhook.Destinations;
import io.holdfast.notifications.webhook.WebhookSender;
import io.holdfast.notifications.webhook.WebhookSender.Answer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What people do with subscriptions: checked, written into the ledger, and made known to whoever delivers. */
final class WebhookDesk implements Webhooks {

    private static final Logger LOG = LoggerFactory.getLogger(WebhookDesk.class);

    private static final int SECRET_MIN = 16;
    private static final int SECRET_MAX = 256;
    private static final int WORDS_MAX = 32;
    private static final int WORD_LENGTH_MAX = 100;
    private static final int INSTANCES_MAX = 100;

    /** More than people do at once; each holds a thread and a connection for the time-out at most. */
    private static final int TESTS_MAX = 8;

    private final Ledger ledger;
    private final Destinations destinations;
    private final WebhookSender sender;
    private final int perProject;
    private final Clock clock;
    private final Runnable changed;
    private final Runnable wake;
    private final Semaphore tests = new Semaphore(TESTS_MAX);

    /**
     * @param perProject how many a project may have
     * @param changed called after the subscriptions changed; may block for the ledger
     * @param wake called when deliveries may have become due
     */
    WebhookDesk(
            Ledger ledger,
            Destinations destinations,
            WebhookSender sender,
            int perProject,
            Clock clock,
            Runnable changed,
            Runnable wake) {
        this.ledger = ledger;
        this.destinations = destinations;
        this.sender = sender;
        this.perProject = perProject;
        this.clock = clock;
        this.changed = changed;
        this.wake = wake;
    }

    @Override
    public List<Webhook> list(@Nullable ProjectId project) {
        return ledger.list(project);
    }

    @Override
    public Optional<Webhook> find(UUID id) {
        return ledger.find(id);
    }

    @Override
    public Webhook add(Wanted wanted, Actor by) {
        destinations.requireAcceptable(wanted.url());
        int secret = wanted.secret().length();
        if (secret < SECRET_MIN || secret > SECRET_MAX) {
            throw new IllegalArgumentException("the secret of a webhook must have between " + SECRET_MIN + " and "
                    + SECRET_MAX + " characters, has " + secret);
        }
        requireWords("types", wanted.filter().types());
        requireWords("tags", List.copyOf(wanted.filter().tags()));
        if (wanted.filter().instances().size() > INSTANCES_MAX) {
            throw new IllegalArgumentException("a webhook must name at most " + INSTANCES_MAX + " instances");
        }
        Subscription subscription = new Subscription(
                UUID.randomUUID(),
                wanted.project(),
                wanted.url(),
                wanted.filter(),
                wanted.form(),
                wanted.secret(),
                clock.instant(),
                by.name());
        ledger.add(subscription, perProject);
        changed.run();
        LOG.info("{}: added for {} by {}", subscription, wanted.url().getHost(), by);
        return ledger.find(subscription.id())
                .orElseThrow(() -> new IllegalArgumentException("the webhook was deleted while it was made"));
    }

    @Override
    public boolean delete(UUID id) {
        return done(id, ledger.delete(id), "deleted");
    }

    @Override
    public boolean pause(UUID id) {
        return done(id, ledger.pause(id), "paused");
    }

    @Override
    public boolean resume(UUID id) {
        boolean resumed = done(id, ledger.resume(id), "resumed");
        wake.run();
        return resumed;
    }

    @Override
    public Attempt test(UUID id, Actor by) {
        Subscription to =
                ledger.subscription(id).orElseThrow(() -> new IllegalArgumentException("there is no webhook " + id));
        if (!tests.tryAcquire()) {
            throw new IllegalArgumentException(TESTS_MAX + " tests of webhooks are under way; try again");
        }
        try {
            Instant now = clock.instant();
            Map<String, Object> data =
                    Map.of("test", true, "message", "A test of this webhook, asked for by " + by.name() + ".");
            Fact fact = new Fact(UUID.randomUUID(), "webhook.test", "webhook/" + id, to.project(), now, data);
            long begun = System.nanoTime();
            Answer answer = sender.send(to, fact, 1);
            long took = Duration.ofNanos(System.nanoTime() - begun).toMillis();
            Attempt attempt = new Attempt(
                    fact.id(),
                    fact.type(),
                    1,
                    now,
                    answer instanceof Answer.Taken ? Result.DELIVERED : Result.DEAD,
                    answer.status(),
                    took,
                    answer.why());
            ledger.note(id, attempt);
            return attempt;
        } finally {
            tests.release();
        }
    }

    @Override
    public List<Attempt> attempts(UUID id) {
        return ledger.attempts(id);
    }

    @Override
    public List<DeadLetter> deadLetters(UUID id, int limit) {
        return ledger.deadLetters(id, limit);
    }

    @Override
    public int retry(UUID id, @Nullable UUID fact) {
        int revived = ledger.revive(id, fact, clock.instant());
        LOG.info("webhook {}: {} dead letters are tried again", id, revived);
        wake.run();
        return revived;
    }

    private boolean done(UUID id, boolean found, String what) {
        changed.run();
        if (found) {
            LOG.info("webhook {}: {}", id, what);
        }
        return found;
    }

    private static void requireWords(String what, List<String> words) {
        if (words.size() > WORDS_MAX
                || words.stream().anyMatch(word -> word.isEmpty() || word.length() > WORD_LENGTH_MAX)) {
            throw new IllegalArgumentException("a webhook must name at most " + WORDS_MAX + " " + what
                    + ", each of 1 to " + WORD_LENGTH_MAX + " characters");
        }
    }
}
