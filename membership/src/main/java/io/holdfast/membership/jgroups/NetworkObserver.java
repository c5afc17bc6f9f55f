package io.holdfast.membership.jgroups;

import io.holdfast.membership.GroupDirectory;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.membership.OwnClocks;
import io.holdfast.membership.core.Moment;
import io.holdfast.membership.core.Vigil;
import io.holdfast.membership.cut.Member;
import io.holdfast.membership.cut.ObserverReport;
import io.holdfast.membership.cut.Observing;
import io.holdfast.membership.cut.Roster;
import io.holdfast.secrets.TlsKeys;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member's place in one network's group, and the observer that it is there: the shell around {@link Observing}.
 *
 * <p>Threads: one of its own ({@code observer-…}) takes the turns and sends; JGroups' threads say what was heard, and answer
 * questions. What they share is guarded by this object's monitor, under which nothing is sent.
 */
final class NetworkObserver implements AutoCloseable, GroupChannel.Ear {

    private static final Logger log = LoggerFactory.getLogger(NetworkObserver.class);

    /** What this process does with what is seen and said. All are called on threads that must not be blocked. */
    interface Listener {

        /** @param others who stands in the view, ourselves left out */
        void onView(Network network, Set<Member> others);

        /** Our own report, for every controller. */
        void onOwnReport(ObserverReport report);

        /** Somebody's report, of whichever network. */
        void onReport(ObserverReport report);
    }

    private final MembershipSettings settings;
    private final GroupPlace place;
    private final Listener listener;
    private final GroupChannel channel;
    private final Duration base;
    private final Semaphore closed = new Semaphore(0);
    private final Thread turns;

    private Roster roster = Roster.EMPTY;

    /** Whether the subjects are still to be chosen from the roster: among a thousand members that is work. */
    private boolean toAssign;

    private Observing observing;

    /** Of the observer's thread alone. */
    private long number;

    private long reportedNanos;
    private @Nullable ObserverReport told;
    private Vigil vigil;

    NetworkObserver(
            MembershipSettings settings, GroupPlace place, TlsKeys tls, GroupDirectory directory, Listener listener) {
        this.settings = settings;
        this.place = place;
        this.listener = listener;
        // As long as the group itself takes from a member's last heartbeat until it drops it.
        this.base = settings.heartbeatTimeout().plus(settings.verifyTimeout());
        Moment now = OwnClocks.now();
        this.observing = Observing.from(now.nanos(), now.wallMinusNanos());
        this.vigil = Vigil.from(now, settings.heartbeatInterval(), settings.pauseLimit());
        this.channel = new GroupChannel(settings, place, tls, directory, this);
        this.turns = Thread.ofPlatform()
                .name("observer-" + place.network() + "-" + place.name())
                .daemon(true)
                .unstarted(this::run);
    }

    void start() {
        channel.start();
        turns.start();
    }

    @Override
    public void close() {
        closed.release();
        try {
            if (turns.isAlive()) {
                turns.join(Duration.ofSeconds(2));
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        channel.close();
    }

    Network network() {
        return place.network();
    }

    GroupChannel channel() {
        return channel;
    }

    /** Whom it hears now. */
    synchronized Set<Member> audible() {
        return observing.which(Observing.Voice.AUDIBLE);
    }

    /** Says it to every controller that is known on this network. Does not block. */
    void tellControllers(byte[] report) {
        for (Member member : known()) {
            if (!member.isHost()) {
                channel.send(member, report);
            }
        }
    }

    @Override
    public void onView(Set<Member> members) {
        Set<Member> others = new HashSet<>(members);
        others.remove(place.self());
        synchronized (this) {
            roster = roster.seen(members, System.nanoTime());
            toAssign = true;
        }
        listener.onView(place.network(), others);
    }

    @Override
    public void onMessage(Member from, byte[] bytes) {
        Talk talk = Talk.decode(bytes).orElse(null);
        if (talk == null) {
            return;
        }
        synchronized (this) {
            long nowNanos = System.nanoTime();
            observing = switch (talk) {
                case Talk.Answer _ -> observing.answered(from, nowNanos);
                case Talk.Question question ->
                    question.unheard() ? observing.heard(from, nowNanos).doubted() : observing.heard(from, nowNanos);
                case Talk.Report _ -> observing.heard(from, nowNanos);
            };
        }
        if (talk instanceof Talk.Question) {
            channel.send(from, new Talk.Answer().encode());
        } else if (talk instanceof Talk.Report report) {
            listener.onReport(report.by(from));
        }
    }

    private synchronized Set<Member> known() {
        Set<Member> known = roster.known();
        known.remove(place.self());
        return known;
    }

    private void run() {
        long intervalNanos = settings.heartbeatInterval().toNanos();
        long dueNanos = System.nanoTime() + intervalNanos;
        try {
            while (!closed.tryAcquire(dueNanos - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                dueNanos = System.nanoTime() + intervalNanos;
                lookAtClocks();
                Observing now = turn();
                now.subjects()
                        .forEach((member, subject) -> channel.send(
                                member, new Talk.Question(subject.voice() == Observing.Voice.SILENT).encode()));
                report(now);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** What it makes of itself is in its turn; here people are told. A turn that comes late by itself is nothing to tell. */
    private void lookAtClocks() {
        vigil = vigil.look(OwnClocks.now());
        if (!(vigil.found() instanceof Vigil.StoodStill) && !vigil.text().isEmpty()) {
            log.warn("network {}: {}; this observer takes itself for slow", place.network(), vigil.text());
        }
    }

    private synchronized Observing turn() {
        Moment now = OwnClocks.now();
        long nowNanos = now.nanos();
        int remembered = roster.goneSinceNanos().size();
        roster = roster.at(nowNanos);
        if (toAssign || roster.goneSinceNanos().size() != remembered) {
            toAssign = false;
            observing = observing.assigned(
                    roster.subjectsOf(place.self(), settings.cut().observers()), nowNanos);
        }
        observing = observing.turn(
                settings.heartbeatInterval(), base, settings.pauseLimit(), nowNanos, now.wallMinusNanos());
        return observing;
    }

    private void report(Observing now) {
        ObserverReport report = now.report(place.self(), place.network(), number + 1);
        boolean news = told == null || !report.saysTheSame(told, settings.cut().scoreLimit());
        if (news
                || now.turnNanos() - reportedNanos
                        >= settings.cut().reportInterval().toNanos()) {
            number++;
            reportedNanos = now.turnNanos();
            told = report;
            listener.onOwnReport(report);
        }
    }
}
