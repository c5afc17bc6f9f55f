package io.holdfast.membership.core;

import io.holdfast.membership.Evidence;
import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.HostStatus;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.membership.Reachability;
import io.holdfast.membership.Signal;
import io.holdfast.membership.SlotSign;
import io.holdfast.membership.health.Column;
import io.holdfast.membership.health.HealthRow;
import io.holdfast.membership.health.HealthState;
import io.holdfast.membership.health.Reaction;
import io.holdfast.membership.health.Reading;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who is alive. A pure function from what is held, one observation and the moment, to what is held next.
 *
 * <p><b>Intuition.</b> Think of a night watch with four ways to know about a house: a light that must be renewed (the
 * lease), the voices in the street (the group), a knock on the door (the probe), and the electricity meter (the power).
 * A light that goes out is worth a shout, and a look at the meter. It is not worth breaking in. The watch breaks in when
 * the meter stands still, or when light, voices and door have all been silent for long, and only if the watch is
 * sure that it has not gone blind itself. A neighbour who answers for it may also send it in.
 *
 * <p><b>Transitions.</b>
 *
 * <pre>
 * Absent    -&gt; Expected   the database knows the host
 * Absent    -&gt; Alive      a lease appears
 * Absent    -&gt; Lost       somebody's word
 * Absent    -&gt; Lost       recovery has it condemned in its journal
 * Expected  -&gt; Absent     its record says that it took its leave
 * Expected  -&gt; Alive      a lease appears
 * Expected  -&gt; Suspected  a full grace period without a lease
 * Expected  -&gt; Lost       somebody's word
 * Expected  -&gt; Lost       recovery has it condemned in its journal
 * Alive     -&gt; Absent     the agent takes its leave
 * Alive     -&gt; Alive      another agent session holds the lease
 * Alive     -&gt; Missed     lease or place in the group is missing
 * Alive     -&gt; Degraded   the health table calls it degraded
 * Alive     -&gt; Lost       somebody's word
 * Alive     -&gt; Lost       recovery has it condemned in its journal
 * Missed    -&gt; Absent     the agent takes its leave
 * Missed    -&gt; Alive      another agent session holds the lease
 * Missed    -&gt; Alive      nothing is missing any more
 * Missed    -&gt; Suspected  nobody on it answers in time, or only its kernel, or its power reads off
 * Missed    -&gt; Degraded   the health table calls it degraded
 * Missed    -&gt; Lost       somebody's word
 * Missed    -&gt; Lost       recovery has it condemned in its journal
 * Suspected -&gt; Absent     the agent takes its leave
 * Suspected -&gt; Alive      every signal is back
 * Suspected -&gt; Degraded   the health table calls it degraded
 * Suspected -&gt; Isolated   no network reaches it, and it writes the shared storage
 * Suspected -&gt; Held       signals would condemn, or nothing follows in time, but the observer doubts itself
 * Suspected -&gt; Lost       power reads off, asked after the suspicion
 * Suspected -&gt; Lost       lease, group and probe are silent past their times
 * Suspected -&gt; Lost       lease and group are silent past their times, and what accepts for the host answers nothing: hung
 * Suspected -&gt; Lost       somebody's word
 * Suspected -&gt; Lost       recovery has it condemned in its journal
 * Degraded  -&gt; Absent     the agent takes its leave
 * Degraded  -&gt; Alive      another agent session holds the lease
 * Degraded  -&gt; Alive      every signal is back
 * Degraded  -&gt; Suspected  the probe is silent twice
 * Degraded  -&gt; Suspected  lease or place in the group is missing
 * Degraded  -&gt; Degraded   another row of the health table calls it degraded
 * Degraded  -&gt; Lost       power reads off, asked after the suspicion
 * Degraded  -&gt; Lost       somebody's word
 * Degraded  -&gt; Lost       recovery has it condemned in its journal
 * Isolated  -&gt; Absent     the agent takes its leave
 * Isolated  -&gt; Alive      every signal is back
 * Isolated  -&gt; Suspected  it is heard in part, or writes the shared storage no more
 * Isolated  -&gt; Degraded   the health table calls it degraded
 * Isolated  -&gt; Held       signals would condemn, or nothing follows in time, but the observer doubts itself
 * Isolated  -&gt; Lost       power reads off, asked after the suspicion
 * Isolated  -&gt; Lost       it is isolated, and the health table has it fenced
 * Isolated  -&gt; Lost       somebody's word
 * Isolated  -&gt; Lost       recovery has it condemned in its journal
 * Held      -&gt; Absent     the agent takes its leave
 * Held      -&gt; Alive      every signal is back
 * Held      -&gt; Degraded   the health table calls it degraded
 * Held      -&gt; Isolated   no network reaches it, and it writes the shared storage
 * Held      -&gt; Held       the reason for the doubt is another
 * Held      -&gt; Lost       power reads off, asked after the suspicion
 * Held      -&gt; Lost       lease, group and probe are silent past their times
 * Held      -&gt; Lost       lease and group are silent past their times, and what accepts for the host answers nothing: hung
 * Held      -&gt; Lost       it is isolated, and the health table has it fenced
 * Held      -&gt; Lost       somebody's word
 * Held      -&gt; Lost       recovery has it condemned in its journal
 * Lost      -&gt; Absent     recovery forgets the verdict, or the word is taken back
 * Lost      -&gt; Alive      every signal is back before anybody acknowledged the verdict
 * Lost      -&gt; Alive      another agent session holds the lease
 * Lost      -&gt; Alive      every signal of the condemned session is good again, and nobody's word stands against it
 * Lost      -&gt; Suspected  its power reads off no more, or it is not silent any more, before anybody acknowledged the verdict
 * Lost      -&gt; Suspected  this controller hears nobody any more before anybody acknowledged the verdict
 * Lost      -&gt; Lost       nobody acknowledged the verdict
 * </pre>
 *
 * <p><b>Invariants</b>
 *
 * <ul>
 *   <li>Told as suspected only after it was asked, and not while somebody on it answers.
 *   <li>Condemned only out of a suspicion that was told, except by a word or by recovery's own journal.
 *   <li>A power reading or probe counts only when it was asked after a signal was missed. UNKNOWN is never OFF.
 *   <li>Power OFF needs a second thing to agree: the group must not show the host. (The group notices a real power
 *       loss faster than the lease does. A host in the group whose power device reads off has a wrongly wired device.)
 *   <li>While the probe is answered, silence never condemns: the host's kernel lives. An accepted call that nobody answers
 *       is an answer only of a host that has nobody beside its agent to answer: where a supervisor would, it is silence.
 *   <li>Silence condemns only if nothing casts a doubt on the observer: contact with ZooKeeper, company in the group, not
 *       too many hosts at once, no pause, and a full grace period since start and election. Power OFF condemns
 *       even within the grace period, because it is a fact about the host and not about our hearing; but a host that
 *       this controller has not seen is suspected only after that period.
 *   <li>A lease that was there at the first look shows nobody by itself: only with a place in a group, or once it has lasted.
 *   <li>A verdict that nobody has acted on does not outlive its evidence: power that read off, or a kernel that was
 *       silent, is asked again before the verdict is repeated.
 *   <li>The power of a condemned host is asked on, seldom, and OFF is told: a guard that holds its case may be passed by
 *       it. Nothing else follows from it here.
 *   <li>Whatever is missed ends within seconds: heard, degraded or suspected. Whatever is suspected ends: cleared, degraded, held with a reason, left, or lost.
 * </ul>
 *
 * <p><b>What if we die here?</b> Nothing is lost: all of this is soft state, rebuilt from the signals. A verdict is
 * repeated until recovery has it in its journal, so a death between verdict and journal costs a grace period, not the
 * host's instances.
 *
 * <p><b>Rejected.</b> One suspicion score (phi) over all signals: it cannot say <em>why</em>, and it would let a very
 * loud silence on one path stand in for a second path.
 */
public final class MembershipMachine {

    private final MembershipSettings settings;
    private final HostCalls calls;
    private final Readings readings;

    private final Inquiries inquiries;

    /** After this time a suspicion that nothing decided is held, with the reason. */
    private final Duration patience;

    public MembershipMachine(MembershipSettings settings) {
        this.settings = settings;
        this.calls = new HostCalls(settings);
        this.readings = new Readings(settings, calls);
        this.inquiries = new Inquiries(settings, calls);
        this.patience = longest(
                        settings.leaseTime(),
                        settings.groupTime(),
                        settings.probeTime(),
                        settings.hangTime(),
                        settings.agentSilence())
                .plus(settings.probeTimeout())
                .plus(inquiries.seldom())
                .plus(settings.sessionTimeout())
                .plus(settings.settleTime());
    }

    /** What is held at start: nothing, and no trust in our own hearing yet. */
    public State start(Moment now) {
        return new State(Observer.starting(now, now.plus(settings.grace())), HostViews.NONE);
    }

    public Step step(State state, Observation observation, Moment now) {
        Turn turn = new Turn(state, now);
        turn.take(observation);
        turn.judgeAll();
        turn.inquire();
        return new Step(new State(turn.observer, turn.hosts.after()), turn.events, turn.commands, turn.changes);
    }

    /**
     * Whether this controller has looked around since it started, or has had the settle time for it. Who leads goes on with open cases
     * at once, and must not have a host shot that has come back meanwhile, only because it has not listened yet.
     */
    public boolean isOriented(State state, Moment now) {
        return FirstLook.isOriented(state, now, settings.settleTime());
    }

    /** The hosts as people and other parts see them. */
    public List<HostStatus> report(State state, Moment now) {
        return Report.hosts(state, readings, now);
    }

    /** Why this observer would condemn nobody by silence now, whoever it is; empty when nothing casts a doubt on it. */
    public String doubt(State state, Moment now) {
        // Who hears no host at all says nothing about any, even if all others are lost already.
        boolean deaf = state.observer.hearsNobody() && state.hosts.size() > 1;
        return state.observer
                .doubt(now)
                .or(() -> deaf ? Optional.of(Standing.Doubt.ISOLATED) : Optional.empty())
                .map(Standing.Doubt::text)
                .orElse("");
    }

    /** The longest that a call of a host is waited for. Who asks only once, and acts on the answer, waits for as long. */
    public Duration patience() {
        return calls.longest();
    }

    /** Which of the signals that are watched, and need not be asked for, show the host now, whatever its standing. */
    public List<Evidence> present(State state, HostId id, Moment now) {
        return Report.present(state, id, now);
    }

    private static Duration longest(Duration... durations) {
        Duration longest = Duration.ZERO;
        for (Duration duration : durations) {
            longest = duration.compareTo(longest) > 0 ? duration : longest;
        }
        return longest;
    }

    /** One step under way. Mutable, but never seen from outside: {@link #step} stays a function. */
    private final class Turn {

        private final Moment now;
        private final TurnHosts hosts;
        private final List<MembershipEvent> events = new ArrayList<>();
        private final List<Command> commands = new ArrayList<>();
        private final List<Change> changes = new ArrayList<>();
        private Observer observer;

        Turn(State state, Moment now) {
            this.now = now;
            this.observer = state.observer;
            this.hosts = new TurnHosts(state);
        }

        void take(Observation observation) {
            switch (observation) {
                case Observation.LeaseView view -> onLeaseView(view);
                case Observation.GroupView view -> onGroupView(view);
                case Observation.SlotView view -> onSlotView(view);
                case Observation.GroupUnchanged same -> observer = observer.unchanged(same.network(), now);
                case Observation.AgentWord word -> AgentWords.said(hosts, word, now);
                case Observation.WordsRead _ ->
                    AgentWords.read(hosts, observer.leaseTrustedAt(), settings.maxShare(), now);
                case Observation.HardwareRead read -> onHardwareRead(read);
                case Observation.CoordinationLost _ -> onCoordinationLost();
                case Observation.CoordinationRestored _ -> onCoordinationRestored();
                case Observation.ProbeAnswer answer -> onProbeAnswer(answer);
                case Observation.PowerRead reading -> onPowerRead(reading);
                case Observation.GuestsSeen seen -> onGuestsSeen(seen);
                case Observation.ForceDown word -> onForceDown(word);
                case Observation.ForceDownCleared cleared -> onForceDownCleared(cleared.host());
                case Observation.Expected expected -> onExpected(expected.hosts());
                case Observation.Acknowledged known -> onAcknowledged(known);
                case Observation.Forgotten forgotten -> onForgotten(forgotten.host());
                case Observation.Elected _ -> onElected();
                case Observation.Paused _ -> onPaused();
                case Observation.Tick _ -> {}
            }
        }

        private void onLeaseView(Observation.LeaseView view) {
            boolean first = !observer.coordinated();
            if (first) {
                // A first view after a disturbance. Leases that ended while nobody could renew them come back within
                // the settle time; what is absent until then is our fault, and what is there may be nobody's.
                observer = observer.withLease(true, now.plus(settings.settleTime()));
            }
            observer = observer.looked(now, first);
            Map<HostId, HostRegistration> held = new HashMap<>();
            view.held().forEach(registration -> held.put(registration.host(), registration));
            Map<HostId, HostRegistration> known = new HashMap<>();
            view.known().forEach(registration -> known.put(registration.host(), registration));
            for (HostId id : held.keySet()) {
                hosts.getOrUnseen(id, now);
            }
            for (HostView seen : hosts.all()) {
                HostView host = seen;
                HostId id = seen.id();
                HostRegistration present = held.get(id);
                if (present != null) {
                    onLeaseHeld(host, present);
                } else {
                    HostRegistration last = known.get(id);
                    if (host.registration() == null && last != null) {
                        host = host.with(last);
                    }
                    HostRegistration registration = host.registration();
                    boolean left = registration != null && view.left().contains(registration.agentSession());
                    hosts.put(host.left(left).lease(host.lease().unseen(now, observer.trustsLeases(now))));
                }
            }
        }

        private void onLeaseHeld(HostView host, HostRegistration registration) {
            boolean otherSession = host.registration() == null
                    || !host.registration().agentSession().equals(registration.agentSession());
            HostView next =
                    host.with(registration).left(false).lease(host.lease().seen(now));
            if (otherSession || next.group() instanceof Presence.Never) {
                Places places = otherSession ? Places.never(now) : next.places();
                for (Map.Entry<Network, Observer.Hearing> heard :
                        observer.hearing().entrySet()) {
                    places = heard.getValue().shows(host.id(), registration.agentSession())
                            ? places.with(heard.getKey(), new Presence.Present(now))
                            : places;
                }
                next = next.places(places);
            }
            hosts.put(next);
        }

        private void onGroupView(Observation.GroupView view) {
            Network network = view.network();
            // Another controller in the view is no company: it speaks for no host.
            boolean alone = view.agents().isEmpty() && population(network) > 1;
            observer = observer.heard(network, view.agents(), alone, now.plus(settings.settleTime()), now);
            Observer.Hearing heard = observer.on(network);
            boolean trusted = observer.trusts(network, now);
            for (HostView host : hosts.all()) {
                HostRegistration registration = host.registration();
                boolean shown = registration != null && heard.shows(host.id(), registration.agentSession());
                Presence before = host.places().on(network);
                Presence place = shown ? before.seen(now) : before.unseen(now, trusted);
                String word = view.words().getOrDefault(host.id(), "");
                if (!place.equals(before)) {
                    hosts.put(host.places(host.places().with(network, place).saying(network, word)));
                } else if (!host.places().says(network, word)) {
                    hosts.put(host.places(host.places().saying(network, word)));
                }
            }
        }

        private void onSlotView(Observation.SlotView view) {
            for (HostView host : hosts.all()) {
                SlotSign sign = view.slots().get(host.id());
                hosts.put(host.signs(
                        sign == null ? host.signs().unread() : host.signs().read(sign, now)));
            }
        }

        private void onHardwareRead(Observation.HardwareRead read) {
            HostView host = hosts.get(read.host());
            if (host != null) {
                hosts.put(host.signs(host.signs().hardware(read.sign(), now)));
            }
        }

        private void onCoordinationLost() {
            observer = observer.withLease(false, observer.leaseTrustedAt());
            for (HostView host : hosts.all()) {
                hosts.put(host.lease(host.lease().unheard(now)));
            }
        }

        private void onCoordinationRestored() {
            observer = observer.withLease(false, now.plus(settings.settleTime()));
        }

        private void onProbeAnswer(Observation.ProbeAnswer answer) {
            HostView host = hosts.get(answer.host());
            if (host != null && host.probe().isOpen(answer.askedAt())) {
                boolean counts = isAskedInTime(host, answer.askedAt());
                Inquiry<Reachability> probe = counts
                        ? host.probe().answered(answer.askedAt(), answer.answer())
                        : host.probe().discarded();
                boolean heard = switch (answer.answer()) {
                    case ANSWERED, ACCEPTED, REFUSED -> true;
                    case MUTE, SILENT, UNKNOWN -> false;
                };
                HostView next = host.probe(heard ? probe.took(now.since(answer.askedAt())) : probe);
                if (counts
                        && answer.answer() == Reachability.ANSWERED
                        && host.standing() instanceof Standing.Missed missed) {
                    next = next.standing(new Standing.Missed(missed.since(), missed.aliveSince(), true));
                }
                hosts.put(next);
            }
        }

        private void onPowerRead(Observation.PowerRead reading) {
            HostView host = hosts.get(reading.host());
            if (host != null && host.power().isOpen(reading.askedAt())) {
                boolean counts = isAskedInTime(host, reading.askedAt());
                HostView next = host.power(
                        counts
                                ? host.power().answered(reading.askedAt(), reading.answer())
                                : host.power().discarded());
                hosts.put(next);
                tellOfPower(next, counts);
            }
        }

        /** The verdict stands without it; but what holds a case, or keeps its proof away, may be over with it. */
        private void tellOfPower(HostView host, boolean counts) {
            if (counts && host.standing() instanceof Standing.Lost && host.isPowerOff()) {
                events.add(new MembershipEvent.PowerOff(host.id(), evidence(host), now.wall()));
            }
        }

        private void onGuestsSeen(Observation.GuestsSeen seen) {
            HostView host = hosts.get(seen.host());
            if (host != null) {
                hosts.put(host.signs(host.signs().seen(seen.askedAt(), seen.activity())));
            }
        }

        private void onForceDown(Observation.ForceDown word) {
            HostView host = hosts.getOrUnseen(word.host(), now);
            String reason = "force-down by " + word.by() + ": " + word.reason();
            List<Evidence> evidence = new ArrayList<>();
            String said = word.by() + " says that the host is down: " + word.reason();
            evidence.add(new Evidence(Signal.WORD, said, now.wall(), now.nanos()));
            evidence.addAll(evidence(host));
            if (!(host.standing() instanceof Standing.Lost)) {
                // Condemned already, the second word is uneventful.
                lose(host, Transition.WORD_ALIVE.of(host.standing()), reason, evidence, null);
            }
        }

        private void onForceDownCleared(HostId id) {
            HostView host = hosts.get(id);
            if (host != null && host.standing() instanceof Standing.Lost lost && lost.byWord()) {
                forget(host);
            }
        }

        private void onExpected(List<HostId> expected) {
            for (HostId id : expected) {
                HostView host = hosts.getOrUnseen(id, now);
                if (host.standing() instanceof Standing.Absent absent && !absent.left()) {
                    move(host, Transition.NAMED, new Standing.Expected(now), "");
                }
            }
        }

        private void onAcknowledged(Observation.Acknowledged known) {
            HostView host = hosts.getOrUnseen(known.host(), now);
            HostRegistration registration = host.registration();
            String session = known.agentSession() != null
                    ? known.agentSession()
                    : registration == null ? null : registration.agentSession();
            Standing.Lost condemned = new Standing.Lost(
                    now, "condemned by recovery's journal", List.of(), null, false, false, session, true, now);
            switch (host.standing()) {
                case Standing.Alive _ -> {
                    // A host that came back with another session than the condemned one keeps its new life. Who does
                    // not know which session was condemned cannot say that it is this one: the host has joined,
                    // recovery has been told, and a second death of it must be seen.
                    if (registration != null && registration.agentSession().equals(known.agentSession())) {
                        move(host, Transition.KNOWN_ALIVE, condemned, "");
                    }
                }
                case Standing.Absent _,
                        Standing.Expected _,
                        Standing.Missed _,
                        Standing.Suspected _,
                        Standing.Degraded _,
                        Standing.Isolated _,
                        Standing.Held _ -> move(host, Transition.KNOWN_ALIVE.of(host.standing()), condemned, "");
                case Standing.Lost lost -> hosts.put(host.standing(lost.acknowledged(known.agentSession())));
            }
        }

        private void onForgotten(HostId id) {
            HostView host = hosts.get(id);
            if (host != null && host.standing() instanceof Standing.Lost) {
                forget(host);
            }
        }

        private void forget(HostView host) {
            // Joins anew at once when a lease stands; the next life starts without old answers.
            move(host.joined(null), Transition.FORGOTTEN, new Standing.Absent(now, false), "");
            if (host.registration() != null && !(host.lease() instanceof Presence.Present)) {
                // It may have died again since, and who is merely absent is never missed.
                onExpected(List.of(host.id()));
            }
        }

        private void onElected() {
            observer = observer.elected(now.plus(settings.grace()));
            // What this controller concluded before it led, it told nobody: whoever holds a host, or sees it ail, says
            // so anew. A suspicion still ends in an event of its own. And what it knows to be acted on may be an older
            // failure: while it did not run or hear, the host may have come back under another leader and died again.
            for (HostView host : hosts.all()) {
                List<Evidence> evidence = evidence(host);
                switch (host.standing()) {
                    case Standing.Held held ->
                        events.add(
                                new MembershipEvent.Held(host.id(), held.doubt().text(), evidence, now.wall()));
                    case Standing.Degraded degraded -> tellAilment(host, degraded);
                    case Standing.Isolated isolated -> tellIsolation(host, isolated.row());
                    case Standing.Absent _,
                            Standing.Expected _,
                            Standing.Alive _,
                            Standing.Missed _,
                            Standing.Suspected _ -> {}
                    case Standing.Lost lost when !lost.acknowledged() -> {}
                    case Standing.Lost lost when lost.byWord() -> forget(host);
                    case Standing.Lost lost -> hosts.put(host.standing(lost.toldAgain(now)));
                }
            }
        }

        /** While we did not run, nobody was heard: every age starts again, and answers asked before are forgotten. */
        private void onPaused() {
            observer = observer.paused(now.plus(settings.settleTime()));
            for (HostView host : hosts.all()) {
                HostView next = host.lease(host.lease().afterPause(now))
                        .places(host.places().each(place -> place.afterPause(now)))
                        .probe(host.probe().forgotten())
                        .power(host.power().forgotten());
                hosts.put(next.standing(host.standing().afterPause(now)));
            }
        }

        void judgeAll() {
            observer.hearing().forEach((network, heard) -> {
                if (heard.members().isEmpty() && !heard.alone() && population(network) > 1) {
                    // Only one host was left to be heard when this view came; now it says that we hear nobody.
                    observer = observer.aloneOn(network);
                }
            });
            for (HostView host : hosts.all()) {
                judge(age(host));
            }
        }

        /** What could not be heard becomes absent once it could have been heard for the settle time. */
        private HostView age(HostView host) {
            boolean leaseIsOut = host.lease() instanceof Presence.Unknown && observer.trustsLeases(now);
            boolean neverCame = host.group() instanceof Presence.Never never
                    && host.lease() instanceof Presence.Present
                    && observer.trusts(Network.MANAGEMENT, now)
                    && now.hasPassed(never.since(), settings.grace());
            // Every host is in the management network's group; of the others, nobody says which host has them.
            Places places = neverCame
                    ? host.places().with(Network.MANAGEMENT, new Presence.Absent(now))
                    : host.places()
                            .each((network, place) -> place instanceof Presence.Unknown && observer.trusts(network, now)
                                    ? new Presence.Absent(now)
                                    : place);
            if (!leaseIsOut && places.equals(host.places())) {
                return host;
            }
            HostView next = leaseIsOut ? host.lease(new Presence.Absent(now)) : host;
            next = next.places(places);
            hosts.put(next);
            return next;
        }

        private void judge(HostView host) {
            switch (host.standing()) {
                case Standing.Absent _ -> {
                    if (FirstLook.hasHolder(host, observer, now, settings.leaseTime())) {
                        join(host, Transition.APPEARED);
                    }
                }
                case Standing.Expected expected -> {
                    if (FirstLook.hasHolder(host, observer, now, settings.leaseTime())) {
                        join(host, Transition.SEEN);
                    } else if (host.left()) {
                        leave(host, Transition.HAD_LEFT);
                    } else if (observer.trustsLeases(now) && now.hasPassed(expected.since(), settings.grace())) {
                        suspect(
                                host.lease(new Presence.Absent(now))
                                        .places(host.places().with(Network.MANAGEMENT, new Presence.Absent(now))),
                                Transition.NEVER_CAME);
                    }
                }
                case Standing.Alive alive -> {
                    if (host.left()) {
                        leave(host, Transition.LEFT);
                    } else if (host.isMissing()) {
                        miss(host, alive);
                    } else if (host.hasNewSession()) {
                        join(host, Transition.RESTARTED);
                    } else {
                        Reading reading = readings.of(host, now);
                        HealthRow row = readings.row(reading);
                        if (reading.isHeard() && row.state() == HealthState.DEGRADED) {
                            ail(host, Transition.AILS_ALIVE, row, now);
                        }
                    }
                }
                case Standing.Missed missed -> awaitAnswer(host, missed);
                case Standing.Suspected suspected -> weigh(host, suspected.since());
                case Standing.Held held -> weigh(host, held.suspectedSince());
                case Standing.Degraded degraded -> weigh(host, degraded.suspectedSince());
                case Standing.Isolated isolated -> weigh(host, isolated.suspectedSince());
                case Standing.Lost lost -> {
                    if (FirstLook.hasReturned(host, lost, observer, now, settings.leaseTime())) {
                        join(host, Transition.RETURNED);
                    } else if (!lost.acknowledged() && !lost.byWord() && host.isWell()) {
                        // Repeated until somebody can act, it would have a host shot that has been well for minutes.
                        clear(host, Transition.TAKEN_BACK);
                    } else if (!lost.byWord()
                            && host.isWell()
                            && (FirstLook.isHeardSince(host, lost.since(), observer)
                                    || FirstLook.hasOutlived(host, lost, observer, now, settings.leaseTime()))) {
                        join(host, Transition.BACK);
                    } else if (lost.restsOnPower() && host.isPowerAskedSince(lost.since()) && !host.isPowerOff()) {
                        // It may have been switched on since, and whoever heard the verdict took it for gone.
                        suspect(host.joined(null), Transition.UNCONFIRMED);
                    } else if (!lost.acknowledged() && now.hasPassed(lost.toldAt(), settings.verdictRepeat())) {
                        repeat(host, lost);
                    }
                }
            }
        }

        /**
         * A verdict that nobody has acted on yet is said again only if it would be given again. Repeated as it was, it would be
         * acted on minutes later, when the host has long been half well: another controller is elected, or the segment is armed.
         */
        private void repeat(HostView host, Standing.Lost lost) {
            if (lost.bySilence() && observer.alone()) {
                // Not repeated by who is deaf now, and not left unsaid either: it is held, with that reason.
                suspect(host.joined(null), Transition.DEAF);
            } else if (lost.bySilence()
                    && host.isProbedSince(lost.toldAt())
                    && !readings.row(host, now).fences()) {
                suspect(host.joined(null), Transition.UNCONFIRMED);
            } else if (lost.bySilence()
                    // By who is new in office it would be a new verdict.
                    ? host.isProbedSince(lost.toldAt()) && !now.isBefore(observer.graceUntil())
                    : !lost.restsOnPower() || host.isPowerAskedSince(lost.toldAt())) {
                move(host, Transition.TOLD_AGAIN, lost.toldAgain(now), lost.reason());
                events.add(new MembershipEvent.Lost(host.id(), lost.reason(), lost.evidence(), now.wall()));
            }
        }

        /** Asked first, told second: an agent that stands still for a second is no news while its host answers for it. */
        private void miss(HostView host, Standing.Alive alive) {
            HostView next =
                    host.probe(host.probe().forgotten()).power(host.power().forgotten());
            Standing.Missed missed = new Standing.Missed(now, alive.since(), false);
            move(next, Transition.MISSED, missed, Report.readings(evidence(next)));
            awaitAnswer(next.standing(missed), missed);
        }

        private void awaitAnswer(HostView host, Standing.Missed missed) {
            Reading reading = readings.of(host, now);
            HealthRow row = readings.row(reading);
            if (host.left()) {
                leave(host, Transition.LEFT_MISSED);
            } else if (!host.isMissing() && host.hasNewSession()) {
                join(host, Transition.RESTARTED_MISSED);
            } else if (!host.isMissing()) {
                move(host, Transition.HEARD, new Standing.Alive(missed.aliveSince()), "");
            } else if (row.state() == HealthState.DEGRADED) {
                ail(host, Transition.AILS_MISSED, row, missed.since());
            } else if (calls.isUnanswered(host, missed, reading, now)) {
                Standing.Suspected suspected = new Standing.Suspected(missed.since());
                suspect(host, Transition.UNANSWERED, suspected);
                // Its power may have been read meanwhile, and nothing has to be waited for then.
                weigh(host.standing(suspected), missed.since());
            }
        }

        /** A host that is not simply well: what does the table say, and may we act on it? */
        private void weigh(HostView host, Moment suspectedSince) {
            Reading reading = readings.of(host, now);
            HealthRow row = readings.row(reading);
            if (host.standing() instanceof Standing.Degraded degraded && degraded.heard() && !reading.isHeard()) {
                missFirst(host, degraded, reading, row, suspectedSince);
            } else if (row.fences() && reading.is(Column.POWER, PowerState.OFF) && host.isPowerOff()) {
                lose(host, Transition.POWER_OFF.of(host.standing()), row.says(), evidence(host), row);
            } else if (reading.isHeard() && row.state() == HealthState.ALIVE) {
                // Who ailed is not well only because we cannot read what its agent says.
                if (!(host.standing() instanceof Standing.Degraded) || !readings.isUnread(host, now)) {
                    clear(host, Transition.CLEARED.of(host.standing()));
                }
            } else if (host.left()) {
                leave(host, Transition.LEFT.of(host.standing()));
            } else if (reading.isHeard() && host.standing() instanceof Standing.Degraded && host.hasNewSession()) {
                // Whoever admits new agents must hear of it; that it ails is told anew then.
                join(host, Transition.RESTARTED_DEGRADED);
            } else if (row.state() == HealthState.DEGRADED) {
                ailAnew(host, row, suspectedSince);
            } else {
                switch (host.standing()) {
                    // Once is a slow network; owners would be told back and forth with each call that takes too long.
                    case Standing.Degraded _
                    when host.isProbeSilent() && host.probe().inARow() > 1 -> suspect(host, Transition.SILENT_AGAIN);
                    case Standing.Degraded _ -> {}
                    case Standing.Isolated _
                    when row.state() != HealthState.ISOLATED -> suspect(host, Transition.UNISOLATED);
                    case Standing.Suspected _
                    when row.state() == HealthState.ISOLATED -> isolate(host, Transition.ISOLATES, row, suspectedSince);
                    case Standing.Held _
                    when row.state() == HealthState.ISOLATED && !row.fences() ->
                        isolate(host, Transition.ISOLATES_HELD, row, suspectedSince);
                    case Standing.Suspected _, Standing.Held _, Standing.Isolated _ ->
                        condemn(host, row, reading, suspectedSince);
                    case Standing.Absent _, Standing.Expected _, Standing.Alive _, Standing.Missed _, Standing.Lost _ ->
                        throw new IllegalStateException("nothing is weighed of " + host);
                }
            }
        }

        private void ailAnew(HostView host, HealthRow row, Moment suspectedSince) {
            switch (host.standing()) {
                case Standing.Degraded degraded when degraded.row().equals(row) -> {}
                case Standing.Degraded _ -> ail(host, Transition.AILS_OTHERWISE, row, suspectedSince);
                default -> ail(host, Transition.AILS.of(host.standing()), row, suspectedSince);
            }
        }

        /**
         * Whoever was heard, and ailed, is suspected like any other before anything else is made of its silence. Not while another
         * network shows it: the one that it has lost may be the one over which it renews its lease, and a suspicion would be taken for the
         * beginning of a death.
         */
        private void missFirst(
                HostView host, Standing.Degraded degraded, Reading reading, HealthRow row, Moment suspectedSince) {
            if (host.left()) {
                leave(host, Transition.LEFT_DEGRADED);
            } else if (reading.is(Column.NETWORKS, Column.Networks.SOME) && row.state() == HealthState.DEGRADED) {
                if (!degraded.row().equals(row)) {
                    ail(host, Transition.AILS_OTHERWISE, row, suspectedSince);
                }
            } else if (host.isMissing()) {
                suspect(host, Transition.MISSED_DEGRADED);
            }
        }

        /** Do the silent signals condemn? And if they do: can we trust ourselves? */
        private void condemn(HostView host, HealthRow row, Reading reading, Moment suspectedSince) {
            Doubts doubts = new Doubts(settings, observer, hosts, now);
            boolean silent = reading.is(Column.LEASE, Column.Lease.GONE)
                    && reading.is(Column.NETWORKS, Column.Networks.NONE)
                    && (reading.is(Column.PROBE, Column.Probe.SILENT) || reading.is(Column.PROBE, Column.Probe.MUTE));
            Optional<Standing.Doubt> doubt =
                    row.fences() ? doubts.of(host) : doubts.undecided(host, suspectedSince, patience, silent);
            if (host.standing() instanceof Standing.Isolated && !row.fences()) {
                // It is known what it is, and nothing follows from it.
                return;
            }
            if (doubt.isPresent()) {
                boolean told = host.standing() instanceof Standing.Held held && held.doubt() == doubt.get();
                if (!told) {
                    Transition doubted = host.standing() instanceof Standing.Held
                            ? Transition.DOUBTED_OTHERWISE
                            : Transition.DOUBTED.of(host.standing());
                    hold(host, doubted, doubt.get(), suspectedSince);
                }
            } else if (row.fences()) {
                Transition verdict = row.state() == HealthState.ISOLATED
                        ? Transition.CUT_OFF
                        : host.probe().answer() == Reachability.MUTE ? Transition.HUNG : Transition.SILENCE;
                lose(host, verdict.of(host.standing()), row.says(), evidence(host), row);
            }
        }

        private void join(HostView host, Transition transition) {
            HostRegistration registration = host.registration();
            if (registration == null) {
                throw new IllegalStateException("a lease without a registration: " + host.id());
            }
            HostView next = host.joined(registration.agentSession())
                    .places(host.places().withoutLost(now));
            move(next, transition, new Standing.Alive(now), registration.agentSession());
            events.add(new MembershipEvent.Joined(host.id(), registration, now.wall()));
        }

        private void leave(HostView host, Transition transition) {
            // The signals start anew, so that a lease that comes back later is news.
            HostView next = host.lease(new Presence.Never(now))
                    .places(Places.never(now))
                    .joined(null);
            move(next, transition, new Standing.Absent(now, true), "");
            events.add(new MembershipEvent.Left(host.id(), now.wall()));
        }

        private void suspect(HostView host, Transition transition) {
            HostView next =
                    host.probe(host.probe().forgotten()).power(host.power().forgotten());
            suspect(next, transition, new Standing.Suspected(now));
        }

        private void suspect(HostView host, Transition transition, Standing.Suspected suspected) {
            List<Evidence> evidence = evidence(host);
            move(host, transition, suspected, Report.readings(evidence));
            events.add(new MembershipEvent.Suspected(host.id(), evidence, now.wall()));
        }

        private void clear(HostView host, Transition transition) {
            HostRegistration registration = host.registration();
            boolean newSession = host.hasNewSession() || transition == Transition.TAKEN_BACK;
            HostView next =
                    host.probe(host.probe().forgotten()).power(host.power().forgotten());
            if (newSession && registration != null) {
                next = next.joined(registration.agentSession());
            }
            List<Evidence> evidence = evidence(host);
            move(next, transition, new Standing.Alive(now), Report.readings(evidence));
            events.add(new MembershipEvent.Cleared(host.id(), evidence, now.wall()));
            if (newSession && registration != null) {
                events.add(new MembershipEvent.Joined(host.id(), registration, now.wall()));
            }
        }

        private void ail(HostView host, Transition transition, HealthRow row, Moment suspectedSince) {
            Standing.Degraded degraded = new Standing.Degraded(now, row, host.isWell(), suspectedSince);
            move(host, transition, degraded, row.says());
            tellAilment(host, degraded);
        }

        private void tellAilment(HostView host, Standing.Degraded degraded) {
            HealthRow row = degraded.row();
            // Who renews its lease and does not refuse calls can be given orders.
            boolean takesOrders = degraded.heard()
                    || (host.lease() instanceof Presence.Present && host.probe().answer() != Reachability.REFUSED);
            events.add(new MembershipEvent.Degraded(
                    host.id(),
                    row.says(),
                    takesOrders && !row.has(Reaction.STOP_PLACING),
                    degraded.heard(),
                    row.reactions(),
                    evidence(host),
                    now.wall()));
        }

        private void isolate(HostView host, Transition transition, HealthRow row, Moment suspectedSince) {
            move(host, transition, new Standing.Isolated(now, row, suspectedSince), row.says());
            tellIsolation(host, row);
        }

        private void tellIsolation(HostView host, HealthRow row) {
            events.add(
                    new MembershipEvent.Isolated(host.id(), row.says(), row.reactions(), evidence(host), now.wall()));
        }

        private void hold(HostView host, Transition transition, Standing.Doubt doubt, Moment suspectedSince) {
            move(host, transition, new Standing.Held(now, doubt, suspectedSince), doubt.text());
            events.add(new MembershipEvent.Held(host.id(), doubt.text(), evidence(host), now.wall()));
        }

        private void lose(
                HostView host, Transition transition, String reason, List<Evidence> evidence, @Nullable HealthRow row) {
            HostRegistration registration = host.registration();
            boolean bySilence = switch (transition) {
                case SILENCE, SILENCE_HELD, HUNG, HUNG_HELD, CUT_OFF, CUT_OFF_HELD -> true;
                default -> false;
            };
            boolean byWord = evidence.stream().anyMatch(item -> item.signal() == Signal.WORD);
            Standing.Lost lost = new Standing.Lost(
                    now,
                    reason,
                    evidence,
                    row,
                    bySilence,
                    byWord,
                    registration == null ? null : registration.agentSession(),
                    false,
                    now);
            move(host, transition, lost, reason);
            events.add(new MembershipEvent.Lost(host.id(), reason, evidence, now.wall()));
        }

        private void move(HostView host, Transition transition, Standing to, String detail) {
            if (!transition.from().equals(host.standing().label())
                    || !transition.to().equals(to.label())) {
                throw new IllegalStateException("host " + host.id() + " cannot take " + transition + " from "
                        + host.standing().label() + " to " + to.label());
            }
            hosts.put(host.standing(to));
            changes.add(new Change(host.id(), transition, detail));
        }

        private List<Evidence> evidence(HostView host) {
            return Report.evidence(host, observer, now);
        }

        void inquire() {
            commands.addAll(inquiries.due(hosts, now));
        }

        private boolean isAskedInTime(HostView host, Moment askedAt) {
            Moment since = host.standing().answersCountSince();
            return since != null && !askedAt.isBefore(since);
        }

        /** How many hosts we should hear on a network: those that it showed, and those that no network showed yet. */
        private int population(Network network) {
            int counted = 0;
            for (HostView host : hosts.all()) {
                boolean gone = host.standing() instanceof Standing.Absent || host.standing() instanceof Standing.Lost;
                counted += !gone && host.places().belongsTo(network) ? 1 : 0;
            }
            return counted;
        }
    }
}
