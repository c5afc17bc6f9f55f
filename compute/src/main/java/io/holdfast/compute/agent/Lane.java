package io.holdfast.compute.agent;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.DriverException;
import io.holdfast.compute.GuestHealth;
import io.holdfast.compute.HypervisorDriver;
import io.holdfast.compute.HypervisorDriver.Guest;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.agent.AgentMemory.Wanted;
import io.holdfast.model.Generation;
import io.holdfast.model.InstanceId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All that an agent knows of one instance here. Its fields are guarded by the agent's lock. */
final class Lane {

    private static final Logger log = LoggerFactory.getLogger(Lane.class);

    /** Between restarts of a guest that dies again and again, and between tries to stop one. */
    private static final Duration BACKOFF_MAX = Duration.ofSeconds(30);

    /** Said of a stranger. */
    static final String NOT_OWNED = "not owned here";

    /** Said of a guest that somebody else brought here, while it is let run. */
    static final String ARRIVED =
            "not owned here; somebody else brought it, and it is ended unless its move is reported";

    final InstanceId instance;
    /** A thread is at work for it. */
    boolean busy;
    /** Something happened since that thread looked. */
    boolean again;
    /** That thread has done something to its guest, and not only looked. Also written without the lock. */
    private volatile boolean touched;
    /** It was ordered, or died and may be restarted: a start is allowed. */
    boolean startDue;
    /** How often something became due. */
    private int dues;
    /** As above, when the thread that is at work for it last began. */
    private int duesSeen;
    /** It is to be started because its host was admitted, and not by an order: nobody waits for it who would try again. */
    boolean unordered;
    /** It was ordered to be held, and nobody has tried since. */
    private boolean holdDue;
    /** It is a stranger and has to go. */
    boolean destroyDue;
    /** Its guest came here by another's hand and is not owned yet; until then it is let run. */
    private @Nullable Long awaitedUntilNanos;
    /** A guest of an older generation is asked before it is ended; forgotten with this agent. Also read without the lock. */
    volatile boolean gently;
    /** Its guest shut itself down. */
    boolean resting;
    /** How the hypervisor said that its guest ended, or null. */
    private @Nullable String ended;

    /** When that was last said. */
    private long endedAtNanos;

    /** When an audit first missed its guest, without a word of the hypervisor; 0 while it is not missed. */
    long missedAtNanos;

    int quickDeaths;
    int failedTries;

    /** What its guest's heartbeat says, as it was last taken. */
    GuestHealth health = GuestHealth.UNKNOWN;

    /** Until then its guest's health is not taken anew. */
    long healthSinceNanos = System.nanoTime();

    /** Until then its watchdog's bites are not told. */
    long bittenUntilNanos = System.nanoTime();

    /** Its watchdog has cut its power, and the word of its end is on its way. */
    boolean poweredOff;

    /** The last start that this agent knows of; at first, when it first knew of the instance. */
    long startedAtNanos = System.nanoTime();

    /** When its guest was last seen to have come up; at first, as above. */
    long cameUpAtNanos = startedAtNanos;

    @Nullable
    InstanceReport report;

    /** When what is said of it last changed. */
    private long reportedAtNanos;

    List<CompletableFuture<AgentAnswer>> waiters = new ArrayList<>();

    Lane(InstanceId instance) {
        this.instance = instance;
    }

    /** What an adoption finds of one that is to run. */
    enum Adopted {
        RUNS,
        BEGINS,
        LOOKS_FOR_ITSELF
    }

    /**
     * Its host was admitted, and it is to run there. Where something was done or said of it since the look, the look tells
     * nothing: it looks for itself, what it shows is left as it is, and it is started only if it was not seen to be here.
     *
     * @param guest as the look found it
     */
    Adopted adopted(Generation wanted, @Nullable Guest guest, long asked) {
        boolean older = busy || isNewerThan(asked);
        if (older && (resting || isHere(wanted))) {
            return Adopted.LOOKS_FOR_ITSELF;
        }
        if (!older && guest != null) {
            if (guest.paused()) {
                mayStart();
            }
            return guest.paused() ? Adopted.LOOKS_FOR_ITSELF : Adopted.RUNS;
        }
        if (resting) {
            return Adopted.LOOKS_FOR_ITSELF;
        }
        mayStart();
        unordered = true;
        return older ? Adopted.LOOKS_FOR_ITSELF : Adopted.BEGINS;
    }

    /**
     * Its guest came here by another's hand.
     *
     * @param grace how long it may run from when it was first seen here
     * @return whether it may still run
     */
    boolean awaits(Duration grace) {
        if (awaitedUntilNanos == null && grace.isPositive() && !destroyDue) {
            awaitedUntilNanos = System.nanoTime() + grace.toNanos();
        }
        return awaitedUntilNanos != null && System.nanoTime() - awaitedUntilNanos < 0;
    }

    /** Whether this guest, of an older generation, is to be taken over as it runs; also late, as long as nobody has begun to end it. */
    boolean takesOver(@Nullable Wanted wanted, Guest guest) {
        return awaitedUntilNanos != null
                && wanted != null
                && wanted.goal() == InstanceGoal.RUNNING
                && guest.generation().isOlderThan(wanted.generation());
    }

    void awaitsNoMore() {
        awaitedUntilNanos = null;
    }

    /** Its thread begins to act for what is due now. */
    void begins() {
        again = false;
        touched = false;
        duesSeen = dues;
    }

    /**
     * Whether something became due since its thread began. What that thread saw or did is then no answer to it: a guest
     * that was seen to run is not the one that a later order asks for, and a start that failed was an earlier one.
     */
    boolean isOvertaken() {
        return dues != duesSeen;
    }

    /** From now on a start is allowed. */
    void mayStart() {
        startDue = true;
        dues++;
    }

    /** From here on something is done to its guest, whose end may not be known. Called without the lock. */
    void touches() {
        touched = true;
    }

    /**
     * Its thread has failed to start it. A look that got no answer has begun nothing: what was ordered is still to be done,
     * and whoever ordered it was told that nothing is known.
     */
    void startFailed(DriverException e) {
        if (touched || !e.outcomeUnknown()) {
            startTried();
        }
    }

    /** The start that was allowed when its thread began has been tried, or is not needed. */
    void startTried() {
        if (!isOvertaken()) {
            startDue = false;
        }
    }

    /** Whether its thread may halt it now, which it tries once; what a later order made due is left for that. */
    boolean takeHoldDue() {
        boolean due = holdDue && !isOvertaken();
        holdDue &= isOvertaken();
        return due;
    }

    /** A new order: what it asks for is due, and what was the matter before is not any more. */
    void ordered(InstanceOrder order, CompletableFuture<AgentAnswer> answer) {
        dues++;
        startDue = order.goal() == InstanceGoal.RUNNING;
        holdDue = order.goal() == InstanceGoal.PAUSED || order.goal() == InstanceGoal.SUSPENDED;
        gently = order.gently();
        unordered = false;
        resting = false;
        waiters.add(answer);
    }

    /**
     * The hypervisor's word on how its guest ended. A panic tells twice: that the guest has crashed, while it is still
     * there, and that it has ended. The first word is the one that explains, the last the one that no older look answers.
     */
    void hearsEnd(String how) {
        if (ended == null) {
            ended = how;
        }
        endedAtNanos = System.nanoTime();
    }

    boolean hasHeardEnd() {
        return ended != null;
    }

    /**
     * The word on its guest's end, which is with this taken for told. A look that was asked for before the word came, and
     * still shows the guest, is older than the word: the word is kept for the next look, which the word itself has made
     * due. (Were it dropped, the guest would later be found gone with nobody's word, and one that shut itself down would
     * be started again.) A newer look that shows a guest shows the next one, or one whose last word is still to come.
     *
     * @param runs whether the look shows it running
     * @param asked when the look was asked for, by {@link System#nanoTime}
     */
    @Nullable
    String takeEnd(boolean runs, long asked) {
        if (ended == null || (runs && endedAtNanos - asked >= 0)) {
            return null;
        }
        String how = ended;
        ended = null;
        return how;
    }

    /** What its guest's end was is of no interest any more. */
    void forgetsEnd() {
        ended = null;
    }

    /** It has just been started. */
    void started() {
        startTried();
        unordered &= isOvertaken();
        resting = false;
        awaitedUntilNanos = null;
        startedAtNanos = System.nanoTime();
    }

    /** It is seen to run, which is not reported yet. */
    void runs(Generation generation, boolean cameUp) {
        startTried();
        unordered &= isOvertaken();
        resting = false;
        missedAtNanos = 0;
        if (!shows(ActualState.RUNNING)) {
            startedAtNanos = System.nanoTime();
        }
        if (cameUp && !showsUpAt(generation)) {
            cameUpAtNanos = System.nanoTime();
        }
    }

    /** Ends what runs at an older generation than is wanted. Called without the lock: it takes as long as a guest takes. */
    void endOlder(HypervisorDriver driver, Duration grace) throws DriverException {
        if (gently) {
            driver.stop(instance, grace);
        } else {
            driver.destroy(instance);
        }
    }

    /**
     * What came of holding it.
     *
     * @param cameUp true of nothing but RUNNING
     * @param refusal why it goes on as it did, or null
     */
    record Held(
            ActualState actual,
            boolean cameUp,
            String detail,
            @Nullable String refusal) {}

    /**
     * Brings it to a goal PAUSED or SUSPENDED. Without a guest there is nothing to hold, and nothing is started for it:
     * what was halted is over, and of what was suspended there is the memory or not. Called without the lock.
     *
     * @param due whether it may be halted now; else it is only looked at
     * @param memories a suspend waits for its turn there
     * @param stillWanted asked when its turn has come; goes on as it did when the goal has changed meanwhile
     */
    Held hold(
            HypervisorDriver driver,
            Wanted wanted,
            @Nullable Guest guest,
            boolean due,
            Turn memories,
            BooleanSupplier stillWanted)
            throws DriverException {
        boolean suspend = wanted.goal() == InstanceGoal.SUSPENDED;
        if (guest != null && guest.running() && !guest.generation().equals(wanted.generation())) {
            driver.destroy(instance);
            return over();
        }
        if (guest == null || !guest.running()) {
            return suspend && driver.remembers(instance, wanted.spec())
                    ? new Held(ActualState.SUSPENDED, false, "", null)
                    : over();
        }
        if (guest.paused() && !suspend) {
            return new Held(ActualState.PAUSED, false, "", null);
        }
        ActualState before = guest.paused() ? ActualState.PAUSED : ActualState.RUNNING;
        boolean cameUp = guest.cameUp() && !guest.paused();
        if (!due) {
            return new Held(before, cameUp, "", null);
        }
        try {
            if (suspend) {
                return memories.of(instance, () -> {
                    if (!stillWanted.getAsBoolean()) {
                        return new Held(before, cameUp, "", null);
                    }
                    driver.suspend(instance, wanted.spec());
                    return new Held(ActualState.SUSPENDED, false, "", null);
                });
            }
            driver.pause(instance);
            return new Held(ActualState.PAUSED, false, "", null);
        } catch (DriverException e) {
            if (e.outcomeUnknown()) {
                throw e;
            }
            return new Held(before, cameUp, "", String.valueOf(e.getMessage()));
        }
    }

    private static Held over() {
        return new Held(ActualState.STOPPED, false, "its guest has ended, and its memory with it", null);
    }

    /**
     * What becomes of it when its guest has ended.
     *
     * @param restartAfter when it may be started again, or null
     */
    record Death(
            ActualState actual, String detail, @Nullable Duration restartAfter) {}

    /** It is down and stays so until it is ordered anew. */
    Death rests(String how) {
        resting = true;
        quickDeaths = 0;
        return new Death(ActualState.STOPPED, how, null);
    }

    /** A guest that should run has ended, and is started again. */
    Death died(String cause, String detail, AgentSettings settings) {
        boolean quick =
                System.nanoTime() - startedAtNanos < settings.stableAfter().toNanos();
        quickDeaths = quick ? quickDeaths : 0;
        return diesAgain(cause, detail, settings);
    }

    /** It should run and does not, and nobody saw it end. Whoever ordered it hears so; of what nobody ordered, nobody does. */
    Death missed(AgentSettings settings) {
        String unconfirmed = "its start was not confirmed, and it does not run";
        return unordered
                ? diesAgain(unconfirmed, unconfirmed, settings)
                : new Death(
                        ActualState.FAILED, "does not run, and nobody saw it end; order it again to start it", null);
    }

    /** One death more, after which it is started again or has died too often. */
    Death diesAgain(String cause, String detail, AgentSettings settings) {
        quickDeaths++;
        if (quickDeaths > settings.restartLimit()) {
            return new Death(
                    ActualState.FAILED,
                    (unordered
                                    ? "could not be started " + quickDeaths + " times"
                                    : "ended " + quickDeaths + " times, each within "
                                            + settings.stableAfter().toSeconds() + " s of its start")
                            + ", the last time: " + cause + "; order it again to try once more",
                    null);
        }
        return new Death(ActualState.FAILED, detail, backoff(settings.restartBackoff(), quickDeaths - 1));
    }

    /** Takes what is said of it now; false when nothing but the time is news. */
    boolean becomes(InstanceReport now) {
        InstanceReport before = report;
        if (before != null
                && before.actual() == now.actual()
                && before.cameUp() == now.cameUp()
                && before.generation().equals(now.generation())
                && before.detail().equals(now.detail())
                && before.signs().equals(now.signs())) {
            return false;
        }
        log.info(
                "instance={} {} -> {} generation={} came-up={} detail={}",
                instance,
                before == null ? "-" : before.actual(),
                now.actual(),
                now.generation(),
                now.cameUp(),
                now.detail().isEmpty() ? "-" : now.detail());
        report = now;
        reportedAtNanos = System.nanoTime();
        return true;
    }

    /**
     * Whether something was said of it since the hypervisor was asked. Such a look may have met the guest as it was before: halted a moment
     * later, it would be told as running.
     */
    boolean isNewerThan(long askedNanos) {
        return report != null && askedNanos - reportedAtNanos <= 0;
    }

    /**
     * Whether the guest has come up, as it was looked at. A look that is older than the guest's last start may have met the
     * life before, whose word does not count, and one that is older than its word has missed that: both change nothing, and
     * the next audit looks again.
     *
     * @param asked when the hypervisor was asked
     */
    boolean heard(Guest guest, long asked) {
        boolean late = busy || asked - startedAtNanos <= 0 || asked - cameUpAtNanos <= 0;
        return late ? showsUpAt(guest.generation()) : guest.cameUp();
    }

    static Duration backoff(Duration first, int tries) {
        Duration wait = first.multipliedBy(1L << Math.min(tries, 10));
        return wait.compareTo(BACKOFF_MAX) < 0 ? wait : BACKOFF_MAX;
    }

    boolean showsUpAt(Generation generation) {
        return report != null && report.cameUp() && report.generation().equals(generation);
    }

    /** Whether it was last seen to run, or to be held, at that generation. */
    boolean isHere(Generation generation) {
        return report != null
                && report.generation().equals(generation)
                && (shows(ActualState.RUNNING) || shows(ActualState.PAUSED) || shows(ActualState.SUSPENDED));
    }

    /** It should run and does not, and nothing was said of that. */
    boolean isUnexplained() {
        return report == null || (!resting && !shows(ActualState.FAILED) && !shows(ActualState.SUSPENDED));
    }

    AgentAnswer accepted() {
        return new AgentAnswer.Accepted(report == null ? List.of() : List.of(report), List.of());
    }

    boolean shows(ActualState actual) {
        return report != null && report.actual() == actual;
    }
}
