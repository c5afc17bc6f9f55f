package io.holdfast.membership.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.AgentHealth.Aspect;
import io.holdfast.membership.AgentHealth.Finding;
import io.holdfast.membership.AgentHealth.Grade;
import io.holdfast.membership.Evidence;
import io.holdfast.membership.GuestActivity;
import io.holdfast.membership.HardwareSign;
import io.holdfast.membership.HostHealth;
import io.holdfast.membership.HostStatus;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.membership.Reachability;
import io.holdfast.membership.Signal;
import io.holdfast.membership.SlotSign;
import io.holdfast.membership.health.HealthRow;
import io.holdfast.membership.health.HealthTable;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Groups on several networks, slots, and agents' words, as evidence of a host. */
class SeveralNetworksTest {

    private static final Network STORAGE = new Network("storage");
    private static final HostId H1 = HostId.of("h1");

    private final MembershipMachine machine = new MembershipMachine(MembershipSettings.defaults());
    private long millis;
    private long aheadMillis;
    private State state = machine.start(now());

    @Test
    void aHostThatOneNetworkShowsIsNotMissing() {
        threeHosts();
        group(Network.MANAGEMENT, "h2", "h3");
        pass(2000);
        assertThat(health("h1")).isEqualTo(HostHealth.ALIVE);
        assertThat(readings(Signal.GROUP)).containsExactly("management absent for 2000 ms", "storage present");
        group(STORAGE, "h2", "h3");
        assertThat(health("h1")).as("it is asked first").isEqualTo(HostHealth.ALIVE);
        pass(MembershipSettings.defaults().askTime().toMillis());
        offer(new Observation.Tick());
        assertThat(health("h1")).isEqualTo(HostHealth.SUSPECTED);
    }

    @Test
    void whereWeHearNobodyNobodyIsAbsent() {
        threeHosts();
        group(STORAGE);
        assertThat(readings(Signal.GROUP))
                .containsExactly("management present", "storage unknown: this controller could not have heard it");
        assertThat(machine.doubt(state, now())).doesNotContain("alone");
        group(Network.MANAGEMENT);
        assertThat(machine.doubt(state, now())).isEqualTo(Standing.Doubt.ISOLATED.text());
        assertThat(health("h1")).isEqualTo(HostHealth.ALIVE);
        group(Network.MANAGEMENT, "h2", "h3");
        pass(MembershipSettings.defaults().settleTime().toMillis() + 100);
        assertThat(readings(Signal.GROUP).getFirst()).startsWith("management absent for");
        assertThat(health("h1")).as("storage may still show it").isEqualTo(HostHealth.ALIVE);
    }

    @Test
    void aHostThatMayBeOnANetworkThatWeDoNotHearIsHeldAndThatIsSaid() {
        threeHosts();
        pass(20_000);
        group(STORAGE);
        offer(new Observation.LeaseView(
                List.of(registration("h2"), registration("h3")), List.of(registration("h1")), Set.of()));
        group(Network.MANAGEMENT, "h2", "h3");
        for (int i = 0; i < 300; i++) {
            pass(50);
        }
        assertThat(status(H1).reason()).isEqualTo("held: " + Standing.Doubt.PARTLY_DEAF.text());
        group(STORAGE, "h2", "h3");
        pass(MembershipSettings.defaults().settleTime().toMillis() + 100);
        assertThat(readings(Signal.GROUP)).allMatch(reading -> reading.contains("absent for"));
    }

    @Test
    void silenceThatTheTableLeavesToAHumanIsHeldAndThatIsSaid() {
        MembershipMachine patient = new MembershipMachine(MembershipSettings.defaults()
                .with(new HealthTable(HealthTable.defaults().rows().stream()
                        .filter(row -> !row.name().equals("silent"))
                        .toList())));
        State held = patient.start(now());
        held = step(patient, held, new Observation.CoordinationRestored());
        Observation all = new Observation.LeaseView(
                List.of(registration("h1"), registration("h2"), registration("h3")), List.of(), Set.of());
        held = step(patient, held, all);
        held = step(patient, held, view("h1", "h2", "h3"));
        millis += 20_000;
        held = step(patient, held, view("h2", "h3"));
        held = step(
                patient,
                held,
                new Observation.LeaseView(
                        List.of(registration("h2"), registration("h3")), List.of(registration("h1")), Set.of()));
        for (int i = 0; i < 300; i++) {
            millis += 50;
            held = step(patient, held, new Observation.Tick());
        }
        assertThat(patient.report(held, now()).getFirst().reason()).isEqualTo("held: " + Standing.Doubt.TABLE.text());
    }

    /** Every question is answered at once: nobody accepts, and the power device says nothing. */
    private State step(MembershipMachine patient, State before, Observation observation) {
        Step step = patient.step(before, observation, now());
        State after = step.next();
        for (Command command : step.commands()) {
            after = switch (command) {
                case Command.AskPower ask ->
                    step(patient, after, new Observation.PowerRead(ask.host(), ask.askedAt(), PowerState.UNKNOWN));
                case Command.LookAtGuests look ->
                    step(
                            patient,
                            after,
                            new Observation.GuestsSeen(look.host(), look.askedAt(), GuestActivity.NOBODY_LOOKS));
                case Command.Probe probe ->
                    step(
                            patient,
                            after,
                            new Observation.ProbeAnswer(probe.host(), probe.askedAt(), Reachability.SILENT));
            };
        }
        return after;
    }

    @Test
    void aNetworkThatOneHostAloneHasIsNotLostByUsWhenThatHostLeavesIt() {
        leases();
        group(Network.MANAGEMENT, "h1", "h2", "h3");
        group(STORAGE, "h1");
        group(STORAGE);
        assertThat(readings(Signal.GROUP)).containsExactly("management present", "storage absent for 0 ms");
    }

    @Test
    void slotAndAgentsWordAreEvidenceWithAnAge() {
        threeHosts();
        offer(new Observation.SlotView(Map.of(H1, new SlotSign.Beating("boot"))));
        pass(500);
        offer(new Observation.SlotView(Map.of(H1, new SlotSign.Still("boot", Duration.ofMillis(400)))));
        say("s-h1", new Finding(Aspect.LIBVIRT, Grade.BAD, "no answer for 3 s"), good(Aspect.DISK));
        assertThat(of(Signal.SLOT))
                .containsExactly(
                        new Evidence(Signal.SLOT, "storage slot", "still for 400 ms", wall(500), 500_000_000L));
        pass(100);
        say("s-h1", new Finding(Aspect.LIBVIRT, Grade.BAD, "no answer for 4 s"));
        assertThat(of(Signal.HEALTH))
                .containsExactly(new Evidence(
                        Signal.HEALTH, "agent s-h1", "libvirt bad: no answer for 4 s", wall(500), 600_000_000L));
        offer(new Observation.SlotView(Map.of()));
        assertThat(of(Signal.SLOT)).as("nobody reads slots").isEmpty();
        assertThat(health("h1")).isEqualTo(HostHealth.DEGRADED);
        assertThat(status(H1).row()).extracting(HealthRow::name).isEqualTo("libvirt-bad");
    }

    @Test
    void eachSignalHasAnAgeOfItsOwnSinceItWasObservedLastWhetherItChangedOrNot() {
        assertThat(new Evidence(Signal.LEASE, "never seen", wall(0), null).age(5))
                .isNull();
        offer(new Observation.Expected(List.of(H1)));
        assertThat(of(Signal.LEASE)).extracting(Evidence::observedNanos).containsExactly((Long) null);
        assertThat(of(Signal.GROUP)).extracting(Evidence::observedNanos).containsExactly((Long) null);
        threeHosts();
        offer(new Observation.SlotView(Map.of(H1, new SlotSign.Beating("boot"))));
        offer(new Observation.HardwareRead(H1, new HardwareSign(Grade.GOOD, "bmc", "")));
        say("s-h1", good(Aspect.DISK));
        pass(2000);
        assertThat(ages())
                .containsExactly("LEASE 2000", "GROUP 2000", "GROUP 2000", "SLOT 2000", "HARDWARE 2000", "HEALTH 2000");

        leases();
        assertThat(ages()).startsWith("LEASE 0", "GROUP 2000", "GROUP 2000");
        offer(new Observation.GroupUnchanged(STORAGE));
        assertThat(ages()).startsWith("LEASE 0", "GROUP 2000", "GROUP 0");
        offer(new Observation.SlotView(Map.of(H1, new SlotSign.Beating("boot"))));
        offer(new Observation.HardwareRead(H1, new HardwareSign(Grade.GOOD, "bmc", "")));
        say("s-h1", good(Aspect.DISK));
        assertThat(ages()).containsExactly("LEASE 0", "GROUP 2000", "GROUP 0", "SLOT 0", "HARDWARE 0", "HEALTH 0");
        assertThat(status(H1).evidence())
                .as("nothing has changed")
                .allSatisfy(one -> assertThat(one.since()).isEqualTo(wall(0)));
    }

    @Test
    void anAgeIsByTheMonotonicClockWhateverTheWallClockSays() {
        threeHosts();
        aheadMillis = -3_600_000;
        pass(300);
        assertThat(ages()).containsExactly("LEASE 300", "GROUP 300", "GROUP 300");
        leases();
        aheadMillis = 3_600_000;
        pass(200);
        assertThat(ages()).containsExactly("LEASE 200", "GROUP 500", "GROUP 500");
    }

    @Test
    void whatIsAskedIsAsOldAsTheLastQuestionThatWasAnswered() {
        threeHosts();
        pass(20_000);
        group(STORAGE, "h2", "h3");
        for (int i = 0; i < 3; i++) {
            // The questions of this moment; each is answered a while later, and asked again.
            List<Command> asked = questions(i == 0 ? view("h2", "h3") : new Observation.Tick());
            millis += 100;
            asked.forEach(question -> offer(
                    question instanceof Command.Probe probe
                            ? new Observation.ProbeAnswer(H1, probe.askedAt(), Reachability.SILENT)
                            : new Observation.PowerRead(H1, ((Command.AskPower) question).askedAt(), PowerState.ON)));
            millis += 100;
        }
        assertThat(ages()).contains("PROBE 200", "POWER 200");
        assertThat(of(Signal.POWER)).extracting(Evidence::since).containsExactly(wall(20_000));
    }

    private List<Command> questions(Observation observation) {
        Step step = machine.step(state, observation, now());
        state = step.next();
        return step.commands().stream()
                .filter(command -> !(command instanceof Command.LookAtGuests))
                .toList();
    }

    @Test
    void whatAnEarlierAgentSaidIsNotHeldAgainstThePresentOne() {
        offer(new Observation.AgentWord(H1, "s-h1", new AgentHealth(List.of(good(Aspect.DISK)))));
        threeHosts();
        assertThat(of(Signal.HEALTH)).as("said before its lease was seen").hasSize(1);
        say("older", new Finding(Aspect.DISK, Grade.BAD, "full"));
        assertThat(of(Signal.HEALTH)).extracting(Evidence::reading).containsExactly("disk good");
    }

    @Test
    void aNameThatIsNoneIsRefused() {
        for (String name : List.of("", "Storage", "9", "a_b", "a".repeat(33))) {
            assertThatThrownBy(() -> new Network(name))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'" + name + "' is not");
        }
    }

    @Test
    void anAgentSaysOneThingOfEachAspect() {
        assertThatThrownBy(() -> new AgentHealth(List.of(good(Aspect.DISK), good(Aspect.DISK))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private void threeHosts() {
        leases();
        group(Network.MANAGEMENT, "h1", "h2", "h3");
        group(STORAGE, "h1", "h2", "h3");
    }

    private void leases() {
        offer(new Observation.CoordinationRestored());
        offer(new Observation.LeaseView(
                List.of(registration("h1"), registration("h2"), registration("h3")), List.of(), Set.of()));
    }

    private static io.holdfast.membership.HostRegistration registration(String host) {
        return World.registration(HostId.of(host), "s-" + host);
    }

    private void group(Network network, String... hosts) {
        offer(view(network, hosts));
    }

    private static Observation view(String... hosts) {
        return view(Network.MANAGEMENT, hosts);
    }

    private static Observation view(Network network, String... hosts) {
        Map<HostId, Set<String>> agents = new HashMap<>();
        for (String host : hosts) {
            agents.put(HostId.of(host), Set.of("s-" + host));
        }
        return new Observation.GroupView(network, agents, 0);
    }

    private void say(String session, Finding... findings) {
        offer(new Observation.AgentWord(H1, session, new AgentHealth(List.of(findings))));
    }

    private static Finding good(Aspect aspect) {
        return new Finding(aspect, Grade.GOOD, "");
    }

    private void pass(long more) {
        millis += more;
        offer(new Observation.Tick());
    }

    private void offer(Observation observation) {
        state = machine.step(state, observation, now()).next();
    }

    private HostHealth health(String host) {
        return status(HostId.of(host)).health();
    }

    private HostStatus status(HostId host) {
        return machine.report(state, now()).stream()
                .filter(status -> status.host().equals(host))
                .findFirst()
                .orElseThrow();
    }

    private List<Evidence> of(Signal signal) {
        return status(H1).evidence().stream()
                .filter(item -> item.signal() == signal)
                .toList();
    }

    private List<String> readings(Signal signal) {
        return of(signal).stream()
                .map(item -> item.source() + " " + item.reading())
                .toList();
    }

    /** What was observed last, and how long ago. */
    private List<String> ages() {
        return status(H1).evidence().stream()
                .map(one -> one.signal() + " "
                        + Objects.requireNonNull(one.age(now().nanos())).toMillis())
                .toList();
    }

    private Moment now() {
        return new Moment(millis * 1_000_000, wall(millis + aheadMillis));
    }

    private static Instant wall(long millis) {
        return Instant.EPOCH.plusMillis(millis);
    }
}
