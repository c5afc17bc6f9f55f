package io.holdfast.notifications;

import io.holdfast.model.Fact;
import io.holdfast.model.ProjectId;
import io.holdfast.notifications.Ledger.Delivery;
import io.holdfast.notifications.Ledger.Outcome;
import io.holdfast.notifications.Ledger.Subscription;
import io.holdfast.notifications.Ledger.Told;
import io.holdfast.notifications.Webhooks.Attempt;
import io.holdfast.notifications.Webhooks.Result;
import io.holdfast.notifications.core.Audience;
import io.holdfast.notifications.core.Filter;
import io.holdfast.notifications.core.RetrySchedule;
import io.holdfast.notifications.core.Veil;
import io.holdfast.notifications.webhook.Destinations;
import io.holdfast.notifications.webhook.WebhookSender;
import io.holdfast.notifications.webhook.WebhookSender.Answer;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells facts, by two roads.
 *
 * <p><b>The ordinary road.</b> One owner thread makes rounds: record what was told from memory, record outcomes, turn new
 * facts of the outbox into deliveries, show them to the listeners of the feed, claim what is due and hand each claimed
 * delivery to a virtual thread that makes the attempt. A call of {@link #wake} starts a round at once; without calls
 * there is one per {@code round}. What the round does is decided by the ledger alone, so a round more or less changes
 * nothing.
 *
 * <p><b>The short road.</b> {@link #tellNow} needs nothing but memory: the subscriptions are cached, an attempt on every
 * subscriber starts in the caller's turn, and the listeners hear at once. The owner thread records the fact afterwards,
 * as dispatched, with one waiting delivery per subscriber that is put off until its attempt is certainly over; the
 * outcome of the attempt then settles it. So a failed attempt is tried again by the ordinary road, and a successful one
 * is not sent twice.
 *
 * <p><b>Order.</b> On the ordinary road a fact waits for the earlier ones of its subject. Facts told from memory keep
 * their order among themselves, and later facts of the outbox wait for them, because the owner thread records what was
 * told before it dispatches anything. A fact told from memory may overtake older ones that wait for a receiver that
 * did not answer: it is told now or it is worth nothing.
 *
 * <p><b>What if we die here.</b> Before a fact is recorded: it was told once or not at all, and is not told again (the
 * one exception to "at least once", and the price of not asking the database first; the verdict that follows a
 * suspicion takes the ordinary road). After a claim: the delivery is due again when its hold is over. After the
 * receiver took it, before we wrote that down: it is told twice, with the same id.
 *
 * <p><b>Bounds.</b> Attempts under way, facts that wait to be recorded, and facts per round are limited by settings.
 */
public final class NotificationService implements Notices, Feed, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(NotificationService.class);

    /** Of a round that finds more, the cost is shared by this many; what is told from memory meanwhile waits for one batch. */
    private static final int DISPATCH_BATCH = 2000;

    private static final int FEED_BATCH = 2000;
    private static final Duration REFRESH = Duration.ofSeconds(10);
    private static final Duration FORGET = Duration.ofMinutes(10);
    /** A host is longer known than this before anything is written about it to a project. */
    private static final Duration NAMES_AGE = Duration.ofSeconds(1);

    /** A controller that has just begun has more urgent things to do, a take-over among them. */
    private static final Duration WARM_UP_AFTER = Duration.ofSeconds(10);

    /** As many as the compiler needs to take the road seriously; less than a second of work. */
    private static final int WARM_UP_ATTEMPTS = 600;

    /** Longer, and what is told by the ordinary road would feel it; shorter, and the notices of a full host are not out yet. */
    private static final Duration TOLD_FIRST = Duration.ofMillis(100);

    private static final Duration PAUSE_MAX = Duration.ofSeconds(5);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    private final Vertx vertx;
    private final Ledger ledger;
    private final NotificationSettings settings;
    private final Clock clock;
    private final RandomGenerator random;
    private final RetrySchedule retries;
    private final WebhookSender sender;
    private final WebhookDesk desk;
    private final Supplier<Set<String>> allHosts;
    private final Semaphore inFlight;
    private final Semaphore toldInFlight;
    private final ExecutorService attempts = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("webhook-attempt-", 0).factory());
    private final BlockingQueue<Told> told;
    private final BlockingQueue<Outcome> outcomes;
    private final Semaphore signal = new Semaphore(0);
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();

    /** The last attempt from memory per webhook and subject; a later one waits for it. Removed when it is over. */
    private final Map<Line, CompletableFuture<Boolean>> tails = new ConcurrentHashMap<>();

    private final AtomicLong unrecorded = new AtomicLong();

    private volatile Map<UUID, Subscription> subscriptions = Map.of();
    /** Names of hosts that no project is shown. */
    private volatile Set<String> known = Set.of();

    private volatile long namesNanos;
    private volatile long toldNanos = System.nanoTime() - TOLD_FIRST.toNanos();
    private volatile boolean closing;
    private @Nullable Thread owner;

    // The owner thread's own.
    private final List<Told> toRecord = new ArrayList<>();
    private final List<Outcome> toSettle = new ArrayList<>();
    private long feedPlace;
    private long refreshedNanos;
    private long forgottenNanos;

    /**
     * @param allHosts the names of all hosts, to be hidden from projects; may block, and throw when it cannot be asked
     */
    public NotificationService(
            Vertx vertx,
            Ledger ledger,
            NotificationSettings settings,
            Supplier<Set<String>> allHosts,
            Clock clock,
            RandomGenerator random) {
        this.vertx = vertx;
        this.allHosts = allHosts;
        this.ledger = ledger;
        this.settings = settings;
        this.clock = clock;
        this.random = random;
        this.retries = settings.retrySchedule();
        Destinations destinations = new Destinations(
                settings.allowedNetworks().stream().map(Network::parse).toList(),
                settings.deniedNetworks().stream().map(Network::parse).toList());
        this.sender = new WebhookSender(
                vertx, destinations, settings.timeout(), Math.max(8, 2 * settings.inFlightPerWebhook()), clock);
        this.desk = new WebhookDesk(
                ledger, destinations, sender, settings.webhooksPerProject(), clock, this::refresh, this::wake);
        this.inFlight = new Semaphore(settings.inFlight());
        this.toldInFlight = new Semaphore(settings.toldQueue());
        this.told = new ArrayBlockingQueue<>(settings.toldQueue());
        this.outcomes = new ArrayBlockingQueue<>(settings.toldQueue() + settings.inFlight());
    }

    /** By this process's clock, with its source of random numbers. */
    public static NotificationService over(
            Vertx vertx, Ledger ledger, NotificationSettings settings, Supplier<Set<String>> allHosts) {
        return new NotificationService(
                vertx, ledger, settings, allHosts, Clock.systemUTC(), RandomGenerator.getDefault());
    }

    /** Reads the subscriptions (blocks for the database) and begins to deliver what an earlier process left. */
    public void start() {
        refresh();
        known = Set.copyOf(allHosts.get());
        namesNanos = System.nanoTime();
        feedPlace = ledger.newest();
        forgottenNanos = System.nanoTime();
        owner = Thread.ofVirtual().name("notifications").start(this::run);
        submit(() -> warmUp(1));
        vertx.setTimer(WARM_UP_AFTER.toMillis(), _ -> submit(() -> warmUp(WARM_UP_ATTEMPTS)));
    }

    private void warmUp(int attempts) {
        if (closing) {
            return;
        }
        try {
            sender.warmUp(attempts, settings.inFlightPerWebhook());
        } catch (IllegalStateException e) {
            LOG.warn("notifications: the first notice of this process will be slow: {}", e.getMessage());
        }
    }

    @Override
    public void tellNow(List<Fact> facts) {
        Instant now = clock.instant();
        Instant notBefore = now.plus(hold());
        Map<UUID, Subscription> present = subscriptions;
        toldNanos = System.nanoTime();
        for (Fact fact : facts) {
            Set<UUID> tried = new HashSet<>();
            for (Subscription to : present.values()) {
                if (isToldFromMemory(to, fact) && toldInFlight.tryAcquire()) {
                    tried.add(to.id());
                    attemptFromMemory(to, fact);
                }
            }
            show(new Numbered(-1, fact));
            if (!told.offer(new Told(fact, tried, notBefore))) {
                LOG.error(
                        "fact {} {} {}: told, but not recorded: {} facts wait for the database already ({} lost so far)",
                        fact.id(),
                        fact.type(),
                        fact.subject(),
                        settings.toldQueue(),
                        unrecorded.incrementAndGet());
            }
        }
        wake();
    }

    @Override
    public void wake() {
        // One permit is enough for any number of calls: the round looks at everything.
        if (signal.availablePermits() == 0) {
            signal.release();
        }
    }

    /** What people do with subscriptions. */
    public Webhooks webhooks() {
        return desk;
    }

    @Override
    public long newest() {
        return ledger.newest();
    }

    @Override
    public List<Numbered> after(long after, @Nullable ProjectId project, int limit) {
        List<Numbered> page = ledger.after(after, project, limit);
        return project == null || page.isEmpty()
                ? page
                : page.stream().map(one -> veiled(one, project, hostNames())).toList();
    }

    @Override
    public AutoCloseable listen(@Nullable ProjectId project, Consumer<Numbered> consumer) {
        Listener listener = new Listener(project, consumer);
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Finishes what is under way (at most 10 s), records it, and stops. What is not delivered stays in the ledger. */
    @Override
    public void close() {
        closing = true;
        wake();
        attempts.shutdown();
        try {
            if (!attempts.awaitTermination(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                attempts.shutdownNow();
            }
            Thread running = owner;
            if (running != null && !running.join(STOP_LIMIT)) {
                running.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            attempts.shutdownNow();
        }
        sender.close();
    }

    private void attemptFromMemory(Subscription to, Fact fact) {
        Line line = new Line(to.id(), fact.subject());
        CompletableFuture<Boolean> mine = new CompletableFuture<>();
        CompletableFuture<Boolean> before = tails.put(line, mine);
        Runnable attempt = () -> {
            boolean taken = false;
            try {
                // When the one before was not taken, this one must not overtake it: the ordinary road keeps the order.
                taken = (before == null || before.join()) && attempt(to, fact, 1);
                if (!taken && before != null && !before.join()) {
                    settle(new Outcome.Again(
                            to.id(), fact.id(), "waits for an earlier fact of its subject", clock.instant(), null));
                }
            } finally {
                mine.complete(taken);
                tails.remove(line, mine);
                toldInFlight.release();
                wake();
            }
        };
        if (!submit(attempt)) {
            mine.complete(false);
            tails.remove(line, mine);
            toldInFlight.release();
        }
    }

    private void run() {
        Duration pause = settings.round();
        while (true) {
            boolean last = closing && attempts.isTerminated();
            try {
                letTheToldGoFirst();
                if (round()) {
                    pause = settings.round();
                }
            } catch (RuntimeException e) {
                // The ledger does not answer: nothing was changed, and everything is still in our hands.
                LOG.warn(
                        "notifications: the ledger does not answer, next try in {} ms: {}",
                        pause.toMillis(),
                        e.toString());
                pause = pause.multipliedBy(2).compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : pause.multipliedBy(2);
                signal.drainPermits();
                if (last) {
                    return;
                }
            }
            if (last) {
                return;
            }
            try {
                boolean called = signal.tryAcquire(closing ? 20 : pause.toMillis(), TimeUnit.MILLISECONDS);
                LOG.trace("next round, called {}", called);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /**
     * A host that fails has its owners told of fifty instances or of a thousand in the same moment. Each round costs the database and this process
     * more than one of these attempts, and each attempt that ends asks for a round: they would take turns on the same few processors, and the last
     * notice would be late by all the rounds before it. Nothing is decided by when it is recorded, so the rounds wait, a little.
     */
    private void letTheToldGoFirst() {
        while (!closing && toldInFlight.availablePermits() < settings.toldQueue()) {
            long left = toldNanos + TOLD_FIRST.toNanos() - System.nanoTime();
            if (left <= 0) {
                return;
            }
            try {
                boolean called = signal.tryAcquire(left, TimeUnit.NANOSECONDS);
                LOG.trace("an attempt from memory is over: {}", called);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Returns true; throws when the ledger does not answer. */
    private boolean round() {
        Instant now = clock.instant();
        told.drainTo(toRecord, settings.toldQueue() - Math.min(settings.toldQueue(), toRecord.size()));
        outcomes.drainTo(toSettle, settings.toldQueue());
        if (!toRecord.isEmpty() || !toSettle.isEmpty()) {
            ledger.settle(toRecord, toSettle, now);
            toRecord.clear();
            toSettle.clear();
        }
        if (closing) {
            return true;
        }
        if (System.nanoTime() - refreshedNanos > REFRESH.toNanos()) {
            refresh();
        }
        // What was told while we dispatch must be recorded first; so one batch per round, and another round at once.
        if (ledger.dispatch(DISPATCH_BATCH, now) == DISPATCH_BATCH) {
            wake();
        }
        feed();
        hand(now);
        if (System.nanoTime() - forgottenNanos > FORGET.toNanos()) {
            forgottenNanos = System.nanoTime();
            LOG.debug("forgot {} facts", ledger.forget(now.minus(settings.retention())));
        }
        return true;
    }

    private void feed() {
        List<Numbered> fresh = ledger.after(feedPlace, null, FEED_BATCH);
        if (!fresh.isEmpty()) {
            hostNames();
        }
        for (Numbered one : fresh) {
            show(one);
            feedPlace = one.number();
        }
        if (fresh.size() == FEED_BATCH) {
            wake();
        }
    }

    private void hand(Instant now) {
        int room = inFlight.availablePermits();
        if (room == 0) {
            return;
        }
        // Before anything is claimed: if they cannot be had, nothing was.
        hostNames();
        List<Delivery> claimed = ledger.claim(now, hold(), settings.inFlightPerWebhook(), room);
        Map<UUID, Integer> perWebhook = new HashMap<>();
        for (Delivery delivery : claimed) {
            inFlight.acquireUninterruptibly();
            perWebhook.merge(delivery.webhook(), 1, Integer::sum);
            if (!submit(() -> attempt(delivery))) {
                inFlight.release();
            }
        }
        LOG.trace("handed out {}", perWebhook);
    }

    private void attempt(Delivery delivery) {
        try {
            Subscription to = subscriptions.get(delivery.webhook());
            if (to == null) {
                // Deleted or disabled since it was claimed, or made by another controller a moment ago.
                settle(new Outcome.Again(
                        delivery.webhook(),
                        delivery.fact().id(),
                        "webhook not known to this controller yet",
                        clock.instant().plus(settings.retryFirst()),
                        null));
                return;
            }
            boolean taken = attempt(to, delivery.fact(), delivery.attempt());
            LOG.trace("{} fact {} attempt {} taken {}", to, delivery.fact().id(), delivery.attempt(), taken);
        } finally {
            inFlight.release();
            wake();
        }
    }

    /** Makes an attempt and writes down what came of it; returns whether it was taken. */
    private boolean attempt(Subscription to, Fact fact, int number) {
        Instant begun = clock.instant();
        long begunNanos = System.nanoTime();
        Answer answer = sender.send(to, Veil.over(fact, to.project(), known), number);
        long took = Duration.ofNanos(System.nanoTime() - begunNanos).toMillis();
        Outcome outcome = outcome(to, fact, number, answer, begun, took);
        settle(outcome);
        if (answer instanceof Answer.Gone) {
            disable(to);
        }
        return answer instanceof Answer.Taken;
    }

    private Outcome outcome(Subscription to, Fact fact, int number, Answer answer, Instant begun, long took) {
        Instant now = clock.instant();
        UUID id = fact.id();
        Function<Result, Attempt> noted =
                result -> new Attempt(id, fact.type(), number, begun, result, answer.status(), took, answer.why());
        return switch (answer) {
            case Answer.Taken _ -> new Outcome.Delivered(to.id(), id, now, noted.apply(Result.DELIVERED));
            case Answer.Gone _ -> new Outcome.Dead(to.id(), id, answer.why(), noted.apply(Result.DEAD));
            case Answer.Refused(int _, String why) -> {
                RetrySchedule.Next next = retries.after(
                        number,
                        Duration.between(fact.at(), now),
                        // The generator may be shared with others; ours is only one draw.
                        draw());
                yield switch (next) {
                    case RetrySchedule.Next.Retry(Duration delay) ->
                        new Outcome.Again(to.id(), id, why, now.plus(delay), noted.apply(Result.AGAIN));
                    case RetrySchedule.Next.GiveUp(String reason) -> {
                        LOG.warn("{}: fact {} {} is dead, {}: {}", to, id, fact.type(), reason, why);
                        yield new Outcome.Dead(to.id(), id, reason + ": " + why, noted.apply(Result.DEAD));
                    }
                };
            }
        };
    }

    private void disable(Subscription to) {
        try {
            ledger.disable(to.id(), "the receiver answered 410");
            sender.forget(to.id());
            refresh();
            LOG.warn("{}: disabled, its receiver answered 410", to);
        } catch (RuntimeException e) {
            // The next attempt will be answered with 410 again.
            LOG.warn("{}: its receiver answered 410, but it could not be disabled: {}", to, e.toString());
        }
    }

    private void settle(Outcome outcome) {
        if (!outcomes.offer(outcome)) {
            // Its hold will pass and it will be tried again: twice rather than never.
            LOG.warn(
                    "webhook {}: the outcome for fact {} is lost, it will be told again",
                    outcome.webhook(),
                    outcome.fact());
        }
    }

    private boolean submit(Runnable attempt) {
        try {
            attempts.execute(attempt);
            return true;
        } catch (java.util.concurrent.RejectedExecutionException e) {
            // We are closing; the ledger keeps what is not delivered.
            return false;
        }
    }

    private void show(Numbered one) {
        listeners.removeIf(listener -> {
            try {
                if (Audience.mayKnow(one.fact().project(), listener.project())) {
                    listener.consumer().accept(veiled(one, listener.project(), known));
                }
                return false;
            } catch (RuntimeException e) {
                LOG.error("a listener of the feed failed and is removed", e);
                return true;
            }
        });
    }

    /**
     * Not those who filter by what a fact does not carry: they wait for the ledger, which is asked in a moment.
     */
    private static boolean isToldFromMemory(Subscription to, Fact fact) {
        return !to.filter().asksForSurroundings()
                && Audience.concerns(fact, to.project(), to.filter(), Filter.Surroundings.NONE);
    }

    /** The names of all hosts, as they were {@link #NAMES_AGE} ago at the earliest. May block. */
    private Set<String> hostNames() {
        if (System.nanoTime() - namesNanos > NAMES_AGE.toNanos()) {
            known = Set.copyOf(allHosts.get());
            namesNanos = System.nanoTime();
        }
        return known;
    }

    private static Numbered veiled(Numbered one, @Nullable ProjectId reader, Set<String> hosts) {
        return new Numbered(one.number(), Veil.over(one.fact(), reader, hosts));
    }

    private void refresh() {
        Map<UUID, Subscription> fresh = new HashMap<>();
        ledger.subscriptions().forEach(one -> fresh.put(one.id(), one));
        for (UUID known : subscriptions.keySet()) {
            if (!fresh.containsKey(known)) {
                sender.forget(known);
            }
        }
        subscriptions = Map.copyOf(fresh);
        refreshedNanos = System.nanoTime();
    }

    private double draw() {
        synchronized (random) {
            return random.nextDouble();
        }
    }

    /** Longer than any attempt can take, so that nobody tries while an attempt is under way. */
    private Duration hold() {
        return settings.timeout().multipliedBy(2).plusSeconds(1);
    }

    private record Line(UUID webhook, String subject) {}

    private record Listener(@Nullable ProjectId project, Consumer<Numbered> consumer) {}
}
