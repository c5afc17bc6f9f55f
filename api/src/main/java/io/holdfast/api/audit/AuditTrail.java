package io.holdfast.api.audit;

import io.holdfast.api.AuditSettings;
import io.holdfast.api.http.ApiFault;
import io.holdfast.store.DiskFull;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreUnavailable;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the audit trail.
 *
 * <p><b>Order.</b> {@link #begin} returns when the line is on disk, and only then may the work begin; so nothing is changed
 * unrecorded, and while the trail cannot be written nothing is changed. {@link #end} returns at once: what came of the work is
 * written with the next lines, some milliseconds later.
 *
 * <p><b>One writer.</b> It takes everything that waits and writes it in one transaction, and meanwhile the next waits: under load one
 * forced write serves many requests.
 *
 * <p><b>What if we die here:</b> a line without an end says that its request was being worked on, and that what came of it is not known
 * here; the stores of what it was about know. What was refused in the last second is forgotten.
 *
 * <p>Any thread may call.
 */
public final class AuditTrail implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(AuditTrail.class);

    /** How long ends and refusals wait for company, and for a database that is away. */
    private static final Duration TICK = Duration.ofMillis(500);

    private static final Duration TRIM_EVERY = Duration.ofMinutes(1);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(8);

    /**
     * Ends that wait for a database that is away. No new work begins meanwhile, so these are at most the requests that were under way
     * when it went; beyond that they are given up, the oldest first, and their lines stay open.
     */
    private static final int ENDINGS_MAX = 20_000;

    /**
     * Lines that wait to be written. The API works on fewer requests at once; this is for whoever else begins something. Too small: a
     * burst is refused; too large: a database that is slow keeps what waits for it in memory.
     */
    static final int WAITING_MAX = 20_000;

    /** Lines, and ends, of one transaction: what waits behind it waits as long as it takes. */
    private static final int BATCH_MAX = 1000;

    /** Lines that nobody waits for, of requests whose outcome is not known here. */
    private static final int NOTES_MAX = 2000;

    private final AuditBook book;
    private final AuditSettings settings;
    private final InstantSource clock;
    private final Thread writer;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    // All guarded by the lock.
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private final Deque<AuditLine> notes = new ArrayDeque<>();
    private final Deque<AuditBook.Ending> endings = new ArrayDeque<>();
    private final Refusals refusals = new Refusals();
    private List<CompletableFuture<Void>> settling = new ArrayList<>();
    private boolean closed;
    // Of the writer alone, and of whoever has waited for its end.
    private boolean failing;
    private long refusedAtNanos = System.nanoTime();
    private long trimmedAtNanos = System.nanoTime();
    /** Beside the writer, because whoever wants to begin waits for that one. */
    private Thread trimmer = Thread.ofVirtual().unstarted(() -> {});

    private record Waiting(AuditLine line, CompletableFuture<Void> stored) {}

    public AuditTrail(AuditBook book, AuditSettings settings, InstantSource clock) {
        this.book = book;
        this.settings = settings;
        this.clock = clock;
        this.writer = Thread.ofPlatform().name("audit").daemon().unstarted(this::run);
    }

    public void start() {
        writer.start();
    }

    /**
     * Stores a line; blocks until it is on disk.
     *
     * @throws ApiFault 503 when it cannot be, or too many wait already: then nothing may be done
     */
    public void begin(AuditLine line) {
        Waiting one = new Waiting(line, new CompletableFuture<>());
        lock.lock();
        try {
            if (closed) {
                throw new ApiFault(503, "The controller stops. Nothing was changed; try again.");
            }
            if (waiting.size() >= WAITING_MAX) {
                throw new ApiFault(503, "Too many changes are being recorded. Nothing was changed; try again.");
            }
            waiting.add(one);
            news.signal();
        } finally {
            lock.unlock();
        }
        try {
            one.stored.get();
        } catch (ExecutionException e) {
            ApiFault fault =
                    new ApiFault(503, "The audit trail cannot be written just now. Nothing was changed; try again.");
            if (e.getCause() instanceof StoreUnavailable away && away.outcomeUnknown()) {
                // It may have been stored all the same, and would look like one whose controller died.
                end(line.requestId(), new Ended(503, fault.getMessage(), null));
            }
            throw fault;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiFault(503, "The controller stops. Nothing was changed; try again.");
        }
    }

    /** What came of a line that was begun. Returns at once. */
    public void end(String requestId, Ended ended) {
        lock.lock();
        try {
            if (endings.size() >= ENDINGS_MAX) {
                endings.removeFirst();
            }
            // Nobody is woken: it goes with the next line, or at the next tick.
            endings.addLast(new AuditBook.Ending(requestId, ended));
        } finally {
            lock.unlock();
        }
    }

    /**
     * A line with its end, of something that others work on. Returns at once; it is written with the next lines. While the database is away
     * {@value #NOTES_MAX} are kept.
     */
    public void note(AuditLine line) {
        lock.lock();
        try {
            if (notes.size() < NOTES_MAX) {
                notes.addLast(line);
            } else {
                LOG.warn("audit: the line of {} is not recorded, too many wait", line.requestId());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Something was refused before it began. Returns at once. */
    public void refused(AuditLine line) {
        lock.lock();
        try {
            refusals.add(line);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until everything that was handed over before is stored, so that it can be read.
     *
     * @throws StoreException when it cannot be stored
     * @throws TimeoutException when that takes longer
     */
    public void settle(Duration limit) throws TimeoutException, InterruptedException {
        CompletableFuture<Void> settled = new CompletableFuture<>();
        lock.lock();
        try {
            settling.add(settled);
            news.signal();
        } finally {
            lock.unlock();
        }
        try {
            settled.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StoreException problem) {
                throw problem;
            }
            throw new IllegalStateException("the audit trail cannot be written", e.getCause());
        }
    }

    /** Writes what waits (for at most 8 s), and ends. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            news.signal();
        } finally {
            lock.unlock();
        }
        try {
            if (writer.isAlive() && !writer.join(CLOSE_LIMIT)) {
                LOG.warn("audit: the last lines could not be written within {} s", CLOSE_LIMIT.toSeconds());
            } else if (trimmer.isAlive() && !trimmer.join(CLOSE_LIMIT)) {
                LOG.warn("audit: old lines were still being deleted after {} s", CLOSE_LIMIT.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (true) {
            Batch batch = next();
            if (batch == null) {
                return;
            }
            write(batch);
            if (!failing && System.nanoTime() - trimmedAtNanos >= TRIM_EVERY.toNanos() && !trimmer.isAlive()) {
                trimmedAtNanos = System.nanoTime();
                trimmer = Thread.ofVirtual().name("audit-trim").start(this::trim);
            }
        }
    }

    private record Batch(
            List<Waiting> waiting,
            List<AuditBook.Ending> endings,
            List<AuditLine> notes,
            List<AuditLine> refused,
            List<CompletableFuture<Void>> settling,
            boolean last) {

        boolean isEmpty() {
            return waiting.isEmpty() && endings.isEmpty() && notes.isEmpty() && refused.isEmpty() && settling.isEmpty();
        }
    }

    /** Null when there is nothing more to write. */
    private @Nullable Batch next() {
        lock.lock();
        try {
            long leftNanos = TICK.toNanos();
            // Ends alone wait a little: most come with the line of another request.
            while (waiting.isEmpty() && settling.isEmpty() && !closed && leftNanos > 0) {
                leftNanos = news.awaitNanos(leftNanos);
            }
            // A flood of refusals must not make every transaction long.
            boolean refused = !settling.isEmpty() || closed || System.nanoTime() - refusedAtNanos >= TICK.toNanos();
            if (refused) {
                refusedAtNanos = System.nanoTime();
            }
            List<Waiting> begun = taken(waiting);
            List<AuditBook.Ending> ended = taken(endings);
            List<AuditLine> noted = taken(notes);
            boolean all = waiting.isEmpty() && endings.isEmpty() && notes.isEmpty();
            // Who waits for everything waits until nothing is left.
            List<CompletableFuture<Void>> settled = all ? settling : List.of();
            if (all) {
                settling = new ArrayList<>();
            }
            Batch batch = new Batch(begun, ended, noted, refused ? refusals.take() : List.of(), settled, closed);
            return batch.isEmpty() && closed ? null : batch;
        } catch (InterruptedException e) {
            // Nobody but close() ends this thread, and that does not interrupt it.
            throw new IllegalStateException("the writer of the audit trail was interrupted", e);
        } finally {
            lock.unlock();
        }
    }

    private static <T> List<T> taken(Deque<T> from) {
        List<T> taken = new ArrayList<>();
        while (taken.size() < BATCH_MAX && !from.isEmpty()) {
            taken.add(from.removeFirst());
        }
        return taken;
    }

    private void write(Batch batch) {
        List<AuditLine> lines = new ArrayList<>(batch.refused);
        lines.addAll(batch.notes);
        batch.waiting.forEach(one -> lines.add(one.line));
        try {
            if (!lines.isEmpty() || !batch.endings.isEmpty()) {
                book.write(lines, batch.endings);
            }
            if (failing) {
                LOG.info("audit: the trail is written again");
            }
            failing = false;
            batch.waiting.forEach(one -> one.stored.complete(null));
            batch.settling.forEach(one -> one.complete(null));
        } catch (StoreUnavailable | DiskFull e) {
            away(batch, e);
        } catch (RuntimeException e) {
            // One line that no database takes must not hold up the others.
            LOG.error("audit: lines were refused, they are tried one by one", e);
            oneByOne(batch);
        } catch (Error e) {
            // Without the writer everybody who wants to change something would wait for ever.
            LOG.error("audit: lines could not be written", e);
            putBack(batch, e);
        }
    }

    private void away(Batch batch, StoreException why) {
        if (!failing) {
            LOG.warn("audit: the trail cannot be written, nothing is changed meanwhile: {}", why.toString());
        }
        failing = true;
        putBack(batch, why);
    }

    /** Who waits is told; what nobody waits for is tried again. */
    private void putBack(Batch batch, Throwable why) {
        keep(batch);
        List<CompletableFuture<Void>> settled = new ArrayList<>(batch.settling);
        lock.lock();
        try {
            settled.addAll(settling);
            settling = new ArrayList<>();
        } finally {
            lock.unlock();
        }
        batch.waiting.forEach(one -> one.stored.completeExceptionally(why));
        settled.forEach(one -> one.completeExceptionally(why));
    }

    /** Only a line that is itself refused is given up; when the database goes meanwhile, what is left waits for it as ever. */
    private void oneByOne(Batch batch) {
        Deque<Waiting> begun = new ArrayDeque<>(batch.waiting);
        Deque<AuditBook.Ending> ended = new ArrayDeque<>(batch.endings);
        Deque<AuditLine> noted = new ArrayDeque<>(batch.notes);
        Deque<AuditLine> refused = new ArrayDeque<>(batch.refused);
        int lost = 0;
        try {
            for (Waiting one = begun.peekFirst(); one != null; one = begun.peekFirst()) {
                RuntimeException problem = problemWith(List.of(one.line), List.of());
                if (problem == null) {
                    one.stored.complete(null);
                } else {
                    one.stored.completeExceptionally(problem);
                }
                begun.removeFirst();
            }
            for (AuditBook.Ending one = ended.peekFirst(); one != null; one = ended.peekFirst()) {
                lost += problemWith(List.of(), List.of(one)) == null ? 0 : 1;
                ended.removeFirst();
            }
            for (AuditLine one = noted.peekFirst(); one != null; one = noted.peekFirst()) {
                lost += problemWith(List.of(one), List.of()) == null ? 0 : 1;
                noted.removeFirst();
            }
            for (AuditLine one = refused.peekFirst(); one != null; one = refused.peekFirst()) {
                lost += problemWith(List.of(one), List.of()) == null ? 0 : 1;
                refused.removeFirst();
            }
            batch.settling.forEach(one -> one.complete(null));
        } catch (StoreUnavailable | DiskFull e) {
            away(
                    new Batch(
                            List.copyOf(begun),
                            List.copyOf(ended),
                            List.copyOf(noted),
                            List.copyOf(refused),
                            batch.settling,
                            batch.last),
                    e);
        }
        if (lost > 0) {
            LOG.error("audit: {} ends and lines that nobody waits for are not recorded", lost);
        }
    }

    /** Null when it is stored. Throws when it is not the line that is at fault. */
    private @Nullable RuntimeException problemWith(List<AuditLine> lines, List<AuditBook.Ending> ends) {
        try {
            book.write(lines, ends);
            return null;
        } catch (StoreUnavailable | DiskFull e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.debug("audit: refused", e);
            return e;
        }
    }

    /** For the next attempt; at the end there is none. */
    private void keep(Batch batch) {
        if (batch.last) {
            int lost = batch.endings.size() + batch.notes.size();
            if (lost > 0) {
                LOG.warn("audit: what came of {} requests is not recorded", lost);
            }
            return;
        }
        lock.lock();
        try {
            for (int i = batch.endings.size() - 1; i >= 0 && endings.size() < ENDINGS_MAX; i--) {
                endings.addFirst(batch.endings.get(i));
            }
            for (int i = batch.notes.size() - 1; i >= 0 && notes.size() < NOTES_MAX; i--) {
                notes.addFirst(batch.notes.get(i));
            }
            refusals.giveBack(batch.refused);
        } finally {
            lock.unlock();
        }
    }

    private void trim() {
        try {
            boolean more = true;
            while (more && !isClosed()) {
                more = book.trim(clock.instant().minus(settings.keep()), settings.linesMax(), settings.refusalsMax());
            }
        } catch (StoreException e) {
            LOG.warn("audit: old lines cannot be deleted; tried again in a minute: {}", e.toString());
        }
    }

    private boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }
}
