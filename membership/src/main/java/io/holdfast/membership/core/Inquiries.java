package io.holdfast.membership.core;

import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.MembershipSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Whom to ask now, and what: a host itself, the device that gives it power, and others who see the disks of its guests. One question of each kind at a time. Pure. */
final class Inquiries {

    private final MembershipSettings settings;
    private final HostCalls calls;

    Inquiries(MembershipSettings settings, HostCalls calls) {
        this.settings = settings;
        this.calls = calls;
    }

    /** Held and degraded hosts are asked this far apart. */
    Duration seldom() {
        return settings.inquiryInterval().multipliedBy(4);
    }

    /** What is due, and noted in the hosts as asked. */
    List<Command> due(TurnHosts hosts, Moment now) {
        List<Command> commands = new ArrayList<>();
        for (HostView host : hosts.all()) {
            Duration interval = interval(host);
            if (interval.isZero()) {
                continue;
            }
            HostView next = host;
            Moment suspectedSince = Guests.countedSince(host.standing());
            if (suspectedSince != null && host.signs().guests().isDue(now, interval)) {
                commands.add(new Command.LookAtGuests(host.id(), now));
                next = next.signs(next.signs().askedOfGuests(now, suspectedSince));
                hosts.put(next);
            }
            if (isDue(host.power(), interval, now)) {
                commands.add(new Command.AskPower(host.id(), now));
                next = next.power(next.power().asked(now));
                hosts.put(next);
            }
            HostRegistration registration = host.registration();
            boolean judged =
                    host.standing() instanceof Standing.Lost lost && (lost.acknowledged() || !lost.bySilence());
            if (registration != null && !judged && isDue(host.probe(), interval, now)) {
                commands.add(new Command.Probe(host.id(), registration, now, calls.deadline(host)));
                hosts.put(next.probe(next.probe().asked(now)));
            }
        }
        return commands;
    }

    /** Who is missed or suspected is asked often; who is held, degraded or lost seldom, but never given up. Zero: not asked. */
    private Duration interval(HostView host) {
        return switch (host.standing()) {
            case Standing.Missed _, Standing.Suspected _ -> settings.inquiryInterval();
            case Standing.Held _ -> seldom();
            // Whose agent speaks need not be called.
            case Standing.Degraded degraded when degraded.heard() -> Duration.ZERO;
            case Standing.Degraded _ -> host.isProbeSilent() ? settings.inquiryInterval() : seldom();
            case Standing.Isolated _ -> seldom();
            // Its power, because recovery may wait for it; its kernel only until somebody acts on the verdict.
            case Standing.Lost _ -> settings.verdictRepeat();
            case Standing.Absent _ -> Duration.ZERO;
            case Standing.Expected _ -> Duration.ZERO;
            case Standing.Alive _ -> Duration.ZERO;
        };
    }

    private static boolean isDue(Inquiry<?> inquiry, Duration interval, Moment now) {
        Moment latest = inquiry.latestAskedAt();
        return inquiry.openSince() == null && (latest == null || now.hasPassed(latest, interval));
    }
}
