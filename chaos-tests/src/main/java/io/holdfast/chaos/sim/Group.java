package io.holdfast.chaos.sim;

import io.holdfast.membership.core.Observation;
import io.holdfast.membership.cut.Member;
import io.holdfast.membership.cut.Sight;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The segment's group, as each controller sees it: a view of its own, joined with what the observers report
 * ({@link GroupObservers}). An agent that was not heard for four heartbeats leaves the view, one that is heard again comes back
 * within about a second. Heartbeats that nothing disturbs are not played one by one.
 */
final class Group {

    private static final Duration SILENCE = Duration.ofMillis(450);
    private static final int HEARTBEATS = 4;

    private final World world;
    private final Dice dice;
    private final List<View> views = new ArrayList<>();
    private final GroupObservers observers;

    Group(World world) {
        this.world = world;
        this.dice = world.dice("group");
        this.observers = new GroupObservers(world, new Members());
        world.network().onChange(this::look);
    }

    /** The group as one controller sees it, until that process ends. */
    final class View {
        private final Member self;
        private final Map<HostId, Place> places = new TreeMap<>();
        private final ReportCount count;
        private boolean deaf;

        /** Since when it stands still, in nanoseconds of the world. */
        private long deafSince;

        private View(Member self, Runnable changed) {
            this.self = self;
            this.count = new ReportCount(observers, self, this::others, changed);
        }

        Observation.GroupView view() {
            Sight sight = count.sight();
            return new Observation.GroupView(
                    io.holdfast.membership.Network.MANAGEMENT, sight.agents(), sight.others(), sight.words());
        }

        /** Who stands in its own view, itself left out. */
        private Set<Member> others() {
            Set<Member> others = new HashSet<>();
            for (Place place : places.values()) {
                if (place.member != null) {
                    others.add(place.member);
                }
            }
            for (View other : views) {
                if (other != this
                        && !other.deaf
                        && world.network().connected(Network.Net.MANAGEMENT, self.name(), other.self.name())) {
                    others.add(other.self);
                }
            }
            return others;
        }

        /** The observer does not run, or runs again. */
        void deaf(boolean now) {
            deaf = now;
            deafSince = world.timeline().now();
            look(this);
            count.deaf(now);
            observers.look();
            observers.viewChanged();
            if (now) {
                world.timeline().after(SILENCE, observers::viewChanged);
            }
        }

        void leave() {
            views.remove(this);
            places.values().forEach(Place::cancel);
            observers.leave(count);
        }
    }

    /** A host's place in a view. */
    private static final class Place {
        private @Nullable Member member;
        private Timeline.@Nullable Event next;

        private @Nullable String session() {
            return member == null ? null : member.session();
        }

        private void cancel() {
            if (next != null) {
                next.cancel();
                next = null;
            }
        }
    }

    private final class Members implements GroupObservers.Members {

        @Override
        public boolean lives(Member member) {
            if (!member.isHost()) {
                return views.stream().anyMatch(view -> view.self.equals(member));
            }
            Agent agent = world.host(member.name()).agent();
            return agent != null && agent.session().equals(member.session());
        }

        @Override
        public boolean runs(Member member) {
            if (!member.isHost()) {
                return views.stream().anyMatch(view -> !view.deaf && view.self.equals(member));
            }
            return member.session().equals(speaks(world.host(member.name())));
        }

        @Override
        public Set<Member> view() {
            Set<Member> members = new HashSet<>();
            long now = world.timeline().now();
            for (View view : views) {
                if (!view.deaf) {
                    members.addAll(view.others());
                }
                if (!view.deaf || now - view.deafSince < SILENCE.toNanos()) {
                    members.add(view.self);
                }
            }
            return members;
        }
    }

    View join(String controller, Runnable changed) {
        Member self = Member.controller(controller, controller + "-" + world.number("group of " + controller));
        View view = new View(self, changed);
        views.add(view);
        look(view);
        observers.join(view.count);
        return view;
    }

    /** After a change of that host alone. */
    void look(Host host) {
        List.copyOf(views).forEach(view -> look(view, host));
        observers.look(host);
    }

    /** After any change of the network or of a controller. */
    void look() {
        List.copyOf(views).forEach(this::look);
        observers.look();
    }

    private void look(View view) {
        for (Host host : world.hosts()) {
            look(view, host);
        }
    }

    private void look(View view, Host host) {
        Place place = view.places.computeIfAbsent(host.id(), id -> new Place());
        String heard = speaks(host);
        double loss = world.network().roundTripLoss(Network.Net.MANAGEMENT, view.self.name(), host.party());
        boolean steady = heard == null ? place.member == null : heard.equals(place.session()) && loss == 0;
        if (view.deaf || steady || (loss == 1 && place.member == null)) {
            place.cancel();
            return;
        }
        if (place.next == null) {
            Duration wait = heard != null && place.member == null
                    ? dice.between(Duration.ofMillis(200), Duration.ofMillis(1200))
                    : SILENCE.plus(dice.between(Duration.ZERO, Duration.ofMillis(100)));
            place.next = world.timeline().after(wait, () -> listen(view, host, place));
        }
    }

    /** What four heartbeats later has been heard. */
    private void listen(View view, Host host, Place place) {
        place.next = null;
        String speaks = speaks(host);
        double loss = world.network().roundTripLoss(Network.Net.MANAGEMENT, view.self.name(), host.party());
        String heard = speaks == null || dice.chance(Math.pow(loss, HEARTBEATS)) ? null : speaks;
        if (!Objects.equals(heard, place.session())) {
            Member before = place.member;
            place.member = heard == null ? null : Member.host(host.id(), heard);
            view.count.viewChanged(before);
            view.count.viewChanged(place.member);
            observers.viewChanged();
        }
        look(view, host);
    }

    private static @Nullable String speaks(Host host) {
        Agent agent = host.agent();
        return agent == null || agent.isHung() || !host.runs() ? null : agent.session();
    }
}
