package io.holdfast.membership;

import io.holdfast.membership.core.Change;
import io.holdfast.membership.core.Command;
import io.holdfast.membership.core.MembershipMachine;
import io.holdfast.membership.core.Moment;
import io.holdfast.membership.core.Observation;
import io.holdfast.membership.core.Standing;
import io.holdfast.membership.core.State;
import io.holdfast.membership.core.Step;
import io.holdfast.membership.core.Vigil;
import io.holdfast.membership.jgroups.GroupWatch;
import io.holdfast.membership.probe.SupervisedHostProbe;
import io.holdfast.membership.zookeeper.Coordination;
import io.holdfast.membership.zookeeper.GroupRegister;
import io.holdfast.membership.zookeeper.HealthWatch;
import io.holdfast.membership.zookeeper.LeaseWatch;
import io.holdfast.model.Actor;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import io.holdfast.model.SegmentId;
import io.holdfast.secrets.TlsKeys;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the hosts of one segment for a controller, and says what it concludes.
 *
 * <p>One owner thread ({@code membership-<segment>}) takes observations from its inbox and runs
 * {@link MembershipMachine}. Questions (power, probe) are asked in virtual threads, and their answers come back through
 * the inbox. All public methods may be called from any thread and never block, except {@link #close}.
 *
 * <p>The sink is called on the owner thread and must not block: what blocks there makes this controller deaf, which the
 * machine notices as a pause.
 */
public final class Membership implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Membership.class);

    /** What an adapter gets beyond its deadline before it counts as hung. */
    private static final Duration SLACK = Duration.ofMillis(200);

    private final MembershipSettings settings;
    private final SegmentId segment;
    private final List<Signals> signals;
    private final HostProbe hostProbe;
    private final PowerProbe powerProbe;
    private final GuestProbe guestProbe;
    private final Consumer<MembershipEvent> sink;
    private final MembershipMachine machine;
    private final LinkedBlockingQueue<Observation> inbox = new LinkedBlockingQueue<>();
    private final ExecutorService inquiries = Executors.newVirtualThreadPerTaskExecutor();
    private final Thread owner;

    private final CountDownLatch oriented = new CountDownLatch(1);

    private volatile List<HostStatus> hosts = List.of();
    private volatile @Nullable State held;
    private volatile boolean closing;

    Membership(
            MembershipSettings settings,
            SegmentId segment,
            List<Signals> signals,
            HostProbe hostProbe,
            PowerProbe powerProbe,
            GuestProbe guestProbe,
            Consumer<MembershipEvent> sink) {
        this.settings = settings;
        this.segment = segment;
        this.signals = List.copyOf(signals);
        this.hostProbe = new PatientProbe(hostProbe, settings.probeTimeout());
        this.powerProbe = powerProbe;
        this.guestProbe = guestProbe;
        this.sink = sink;
        this.machine = new MembershipMachine(settings);
        this.owner =
                Thread.ofPlatform().name("membership-" + segment).daemon(true).unstarted(this::run);
    }

    /**
     * Assembles the real adapters: leases from ZooKeeper, a place in the segment's group, calls of the supervisor
     * and over TCP.
     *
     * @param name this controller's name, unique among the controllers
     * @param coordination the connection to ZooKeeper; stays the caller's to close, after this
     * @param sink called on the owner thread; must not block
     */
    public static Membership open(
            MembershipSettings settings,
            SegmentId segment,
            String name,
            Coordination coordination,
            TlsKeys tls,
            PowerProbe power,
            GuestProbe guests,
            Consumer<MembershipEvent> sink) {
        return new Membership(
                settings,
                segment,
                List.of(
                        new LeaseWatch(coordination, segment, settings.sessionTimeout()),
                        new HealthWatch(coordination, segment),
                        GroupWatch.ofController(
                                settings,
                                segment,
                                name,
                                tls,
                                network -> new GroupRegister(coordination, segment, network))),
                new SupervisedHostProbe(tls),
                power,
                guests,
                sink);
    }

    /** Assembles given sources, for simulations. */
    public static Membership over(
            MembershipSettings settings,
            SegmentId segment,
            List<Signals> signals,
            HostProbe probe,
            PowerProbe power,
            GuestProbe guests,
            Consumer<MembershipEvent> sink) {
        return new Membership(settings, segment, signals, probe, power, guests, sink);
    }

    public void start() {
        owner.start();
        signals.forEach(source -> source.start(inbox::add));
    }

    /**
     * Waits until this controller has looked around: it has seen the leases and, where there are any, heard some host in a group; or
     * the settle time has passed since it started. Who leads goes on with open cases at once: whoever stands for election calls this
     * before, so that a host that was condemned, and has come back meanwhile, is not shot by who has not listened yet.
     *
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public void awaitOriented() throws InterruptedException {
        // The machine has its own limit; this one keeps a start from hanging on a dead thread.
        if (!oriented.await(settings.settleTime().multipliedBy(2).toMillis(), TimeUnit.MILLISECONDS)) {
            log.warn("segment {}: has not looked around in time, and stands for election all the same", segment);
        }
    }

    /** Stops concluding, then leaves the group. Says nothing more to the sink once it returns. */
    @Override
    public void close() {
        closing = true;
        inbox.add(new Observation.Tick());
        try {
            if (owner.isAlive() && !Thread.currentThread().equals(owner)) {
                owner.join(Duration.ofSeconds(5));
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        inquiries.shutdownNow();
        signals.reversed().forEach(Signals::close);
    }

    /** All hosts that are or were known, by name, as of the last look. */
    public List<HostStatus> hosts() {
        return hosts;
    }

    public Optional<HostStatus> host(HostId id) {
        return hosts.stream().filter(status -> status.host().equals(id)).findFirst();
    }

    /** Why this observer would condemn nobody by silence now, as of the last look; empty when nothing casts a doubt on it. */
    public String doubt() {
        State last = held;
        return last == null ? Standing.Doubt.GRACE.text() : machine.doubt(last, OwnClocks.now());
    }

    /**
     * Every signal that says the host lives: those that are watched, as of the last look, and a call to its port and a
     * reading of its power that are made now. What cannot be asked, and what answers "unknown", is no sign. Blocks for as
     * long as the most patient probe and a power reading may take; call it from a virtual thread.
     */
    public List<Evidence> signsOfLife(HostId id) {
        Moment asked = OwnClocks.now();
        // Asked once, and a proof may rest on the silence: a host on a slow network gets all the time that it ever
        // gets.
        Duration patience = machine.patience();
        State last = held;
        List<Evidence> signs = new ArrayList<>(last == null ? List.of() : machine.present(last, id, asked));
        HostRegistration where = host(id).map(HostStatus::registration).orElse(null);
        Future<Reachability> call = where == null
                ? CompletableFuture.completedFuture(Reachability.UNKNOWN)
                : inquiries.submit(() -> hostProbe.call(where, patience));
        Future<PowerState> power = inquiries.submit(() -> powerProbe.readPower(id, settings.powerTimeout()));
        answer(call, patience, Reachability.UNKNOWN)
                .signOfLife()
                .ifPresent(sign -> signs.add(new Evidence(Signal.PROBE, sign, asked.wall(), asked.nanos())));
        if (answer(power, settings.powerTimeout(), PowerState.UNKNOWN) == PowerState.ON) {
            signs.add(new Evidence(Signal.POWER, "power on", asked.wall(), asked.nanos()));
        }
        return List.copyOf(signs);
    }

    private <A> A answer(Future<A> asked, Duration deadline, A unknown) {
        try {
            return asked.get(deadline.plus(SLACK).toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException hung) {
            asked.cancel(true);
        } catch (ExecutionException failed) {
            log.warn("segment {}: a question failed", segment, failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        return unknown;
    }

    /**
     * Somebody says that the host is down, and answers for it: it is condemned at once, whatever its signals say. Also
     * for a host that was never seen. For a host that is condemned already this does nothing.
     */
    public void forceDown(HostId host, Actor by, String reason) {
        inbox.add(new Observation.ForceDown(host, by, reason));
    }

    /** Takes the word back. The host is judged anew from its signals. A host condemned otherwise stays condemned. */
    public void clearForceDown(HostId host) {
        inbox.add(new Observation.ForceDownCleared(host));
    }

    /** Hosts that the database knows. One that is not seen gets a full grace period, then the normal rules. */
    public void expect(Collection<HostId> knownHosts) {
        inbox.add(new Observation.Expected(List.copyOf(knownHosts)));
    }

    /**
     * Recovery has the verdict in its journal: it is not repeated until another agent session takes the lease. Also
     * called at start for hosts with open cases, which makes them lost without an event.
     */
    public void acknowledgeLost(HostId host) {
        inbox.add(new Observation.Acknowledged(host, null));
    }

    /**
     * As {@link #acknowledgeLost(HostId)}, for a controller that did not see the condemnation itself.
     *
     * @param agentSession the condemned agent session, as the journal has it: a host that came back with another one
     *     joins
     */
    public void acknowledgeLost(HostId host, String agentSession) {
        inbox.add(new Observation.Acknowledged(host, agentSession));
    }

    /** Recovery does not follow a verdict, or its case is over: the host is judged anew from its signals. */
    public void forget(HostId host) {
        inbox.add(new Observation.Forgotten(host));
    }

    /** What this controller sees of the hosts' slots now: a whole view, empty while none can be read. Never blocks. */
    public void slots(Map<HostId, SlotSign> signs) {
        inbox.add(new Observation.SlotView(signs));
    }

    /** What a host's management controller says of its hardware; null when what it said before holds no more. Never blocks. */
    public void hardware(HostId host, @Nullable HardwareSign sign) {
        inbox.add(new Observation.HardwareRead(host, sign));
    }

    /** This controller became leader of the segment: silence condemns nobody for a full grace period. */
    public void elected() {
        inbox.add(new Observation.Elected());
    }

    private void run() {
        Moment first = OwnClocks.now();
        State state = machine.start(first);
        Vigil vigil = Vigil.from(first, settings.tickInterval(), settings.pauseLimit());
        while (!closing) {
            Observation observation = next();
            Moment now = OwnClocks.now();
            vigil = vigil.look(now);
            Optional<Duration> pause = vigil.pause();
            if (pause.isPresent()) {
                // What waits in the inbox is older than the pause. It is believed only after the machine has
                // forgotten every age, else a stopped process would wake up and condemn what it could not hear.
                log.warn("segment {}: {}; ages of missing signals start anew", segment, vigil.text());
                state = turn(state, new Observation.Paused(pause.get()), now);
            } else if (!vigil.text().isEmpty()) {
                log.warn("segment {}: {}", segment, vigil.text());
            }
            state = turn(state, observation, now);
        }
    }

    private Observation next() {
        try {
            Observation observation = inbox.poll(settings.tickInterval().toNanos(), TimeUnit.NANOSECONDS);
            return observation == null ? new Observation.Tick() : observation;
        } catch (InterruptedException interrupted) {
            closing = true;
            Thread.currentThread().interrupt();
            return new Observation.Tick();
        }
    }

    private State turn(State state, Observation observation, Moment now) {
        Step step = machine.step(state, observation, now);
        hosts = machine.report(step.next(), now);
        held = step.next();
        if (oriented.getCount() > 0 && machine.isOriented(step.next(), now)) {
            oriented.countDown();
        }
        for (MembershipEvent event : step.events()) {
            try {
                sink.accept(event);
            } catch (RuntimeException bug) {
                // The sink's failure must not stop the watch over the other hosts; an unacknowledged verdict comes
                // again.
                log.error("segment {}: the listener failed on {}", segment, event, bug);
            }
        }
        step.commands().forEach(this::ask);
        for (Change change : step.changes()) {
            log.info(
                    "host {}: {} -> {}: {}{}",
                    change.host(),
                    change.transition().from(),
                    change.transition().to(),
                    change.transition().why(),
                    change.detail().isEmpty() ? "" : " (" + change.detail() + ")");
        }
        return step.next();
    }

    private void ask(Command command) {
        switch (command) {
            case Command.AskPower power ->
                inquire(
                        () -> powerProbe.readPower(power.host(), settings.powerTimeout()),
                        settings.powerTimeout(),
                        answer -> new Observation.PowerRead(
                                power.host(), power.askedAt(), answer == null ? PowerState.UNKNOWN : answer));
            case Command.LookAtGuests look ->
                inquire(
                        // One that came later would be half too old to say anything of now.
                        () -> guestProbe.look(look.host(), settings.slotTime().dividedBy(2)),
                        settings.slotTime().dividedBy(2),
                        answer -> new Observation.GuestsSeen(
                                look.host(),
                                look.askedAt(),
                                answer == null ? new GuestActivity.Unseen("nobody answered in time") : answer));
            case Command.Probe probe ->
                inquire(
                        () -> hostProbe.call(probe.where(), probe.deadline()),
                        probe.deadline(),
                        answer -> new Observation.ProbeAnswer(
                                probe.host(), probe.askedAt(), answer == null ? Reachability.UNKNOWN : answer));
        }
    }

    /** An adapter that fails, or hangs beyond its deadline, gives the answer "unknown": every question is answered. */
    private <A> void inquire(Supplier<A> question, Duration deadline, Answer<A> answer) {
        Runnable asking = () -> {
            Future<A> answering = inquiries.submit(question::get);
            A heard = null;
            try {
                heard = answering.get(deadline.plus(SLACK).toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException hung) {
                answering.cancel(true);
            } catch (ExecutionException failed) {
                log.debug("segment {}: a question failed", segment, failed.getCause());
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            inbox.add(answer.as(heard));
        };
        try {
            var _ = inquiries.submit(asking);
        } catch (RejectedExecutionException closed) {
            log.debug("segment {}: closing, a question is not asked", segment);
        }
    }

    /** What an answer, or none, means. */
    private interface Answer<A> {
        Observation as(@Nullable A heard);
    }
}
