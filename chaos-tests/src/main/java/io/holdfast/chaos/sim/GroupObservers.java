package io.holdfast.chaos.sim;

import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.cut.Member;
import io.holdfast.membership.cut.ObserverReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The observers of the group beside its views: agents and controllers, each an {@link ObservingMember}, and at each controller the
 * {@link ReportCount} of what they say.
 *
 * <p>The product's roster is each member's own; here all have one, of whoever stands in some controller's view.
 */
final class GroupObservers {

    /** A view takes so long until the members have it. */
    private static final Duration VIEW = Duration.ofMillis(5);

    private static final Duration CLEAR_ROUND_TRIP = Duration.ofMillis(2);

    private final World world;
    private final Dice dice;
    private final MembershipSettings settings;
    private final Members group;
    private final Seats seats;
    private final Map<Member, ObservingMember> members = new LinkedHashMap<>();
    private final List<ReportCount> counts = new ArrayList<>();
    private boolean viewDue;
    private Timeline.@Nullable Event forgets;

    /** What is really the matter with the members. */
    interface Members {

        /** Whether that life of it is not over. */
        boolean lives(Member member);

        /** Whether it lives and does not stand still. */
        boolean runs(Member member);

        /** Who stands in some controller's view, and the controllers. */
        Set<Member> view();
    }

    GroupObservers(World world, Members group) {
        this.world = world;
        this.dice = world.dice("observers");
        this.settings = world.settings().membership();
        this.group = group;
        this.seats = new Seats(settings.cut().observers());
    }

    // ---- what its parts need

    MembershipSettings settings() {
        return settings;
    }

    /** Silence that counts for an observer in good health, as {@code NetworkObserver} has it. */
    Duration base() {
        return settings.heartbeatTimeout().plus(settings.verifyTimeout());
    }

    Timeline timeline() {
        return world.timeline();
    }

    Dice dice() {
        return dice;
    }

    Seats seats() {
        return seats;
    }

    @Nullable
    ObservingMember member(Member member) {
        return members.get(member);
    }

    Iterable<ObservingMember> members() {
        return List.copyOf(members.values());
    }

    boolean runs(Member member) {
        return group.runs(member);
    }

    /**
     * The share of questions that get no answer. They go over connections, and a connection of which one direction is cut carries
     * nothing in the other one either. That a lost word is sent again makes no difference: the next one is under way by then.
     */
    double loss(Member one, Member other) {
        return one.equals(other) ? 0 : world.network().roundTripLoss(Network.Net.MANAGEMENT, one.name(), other.name());
    }

    double lossOneWay(Member from, Member to) {
        return world.network().loss(Network.Net.MANAGEMENT, from.name(), to.name());
    }

    /** How much longer than usual a question and its answer may be under way, in nanoseconds. */
    long slowest(Member one, Member other) {
        return world.network()
                .slowestRoundTrip(Network.Net.MANAGEMENT, one.name(), other.name())
                .minus(CLEAR_ROUND_TRIP)
                .toNanos();
    }

    /** How long a report is under way to a controller; null: it does not come. */
    @Nullable
    Duration onConnection(Member from, Member to) {
        return from.equals(to)
                ? Duration.ZERO
                : world.network().onConnection(Network.Net.MANAGEMENT, from.name(), to.name(), dice);
    }

    // ---- what happens

    void join(ReportCount count) {
        counts.add(count);
        look();
        viewChanged();
    }

    void leave(ReportCount count) {
        counts.remove(count);
        count.end();
        look();
        viewChanged();
    }

    /** After any change of the network or of a member. */
    void look() {
        long now = timeline().now();
        members().forEach(member -> look(member, now));
    }

    /** After a change of that host alone. */
    void look(Host host) {
        long now = timeline().now();
        for (ObservingMember member : members()) {
            if (member.self().isHost() && member.self().name().equals(host.party())) {
                look(member, now);
            } else {
                member.look(host, now);
            }
        }
    }

    private void look(ObservingMember member, long now) {
        member.look(now);
        counts.forEach(count -> count.look(member, now));
    }

    /** Some controller's view is another than it was. */
    void viewChanged() {
        if (!viewDue) {
            viewDue = true;
            timeline().after(VIEW, () -> {
                viewDue = false;
                seat();
            });
        }
    }

    private void seat() {
        long now = timeline().now();
        boolean others = seats.seen(group.view(), now);
        for (Member member : seats.present()) {
            if (!members.containsKey(member)) {
                long phase = dice.between(0, settings.heartbeatInterval().toNanos() - 1);
                ObservingMember observer = new ObservingMember(this, member, phase, now);
                members.put(member, observer);
                look(observer, now);
            }
        }
        for (ObservingMember member : members()) {
            if (!seats.present().contains(member.self()) && !group.lives(member.self())) {
                member.end();
                members.remove(member.self());
                counts.forEach(count -> {
                    count.look(member, now);
                    count.ended(member.self());
                });
            } else if (others && member.assign(seats.subjectsOf(member.self()), now)) {
                member.look(now);
            }
        }
        if (forgets != null) {
            forgets.cancel();
            forgets = null;
        }
        if (seats.forgetsAt() < Long.MAX_VALUE) {
            forgets = timeline().at(seats.forgetsAt(), this::seat);
        }
    }

    /** An observer has news, for every controller. */
    void tell(ObservingMember observer, ObserverReport report) {
        List.copyOf(counts).forEach(count -> count.told(observer, report));
    }
}
