package io.holdfast.api;

import io.holdfast.compute.Advisories;
import io.holdfast.compute.Advisory;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.HostAdvice;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A book in memory, in which nothing runs out. */
final class FakeAdvisories implements Advisories {

    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

    private final List<Advisory> said = new ArrayList<>();
    private final Map<HostId, Double> weights = new HashMap<>();

    @Override
    public synchronized Map<HostId, HostAdvice> inForce() {
        Map<HostId, HostAdvice> all = new HashMap<>();
        said.forEach(one -> all.put(
                one.host(),
                new HostAdvice(
                        said.stream()
                                .filter(other -> other.host().equals(one.host()))
                                .toList(),
                        0)));
        weights.forEach((host, weight) -> all.merge(
                host,
                new HostAdvice(List.of(), weight),
                (words, points) -> new HostAdvice(words.advisories(), points.weight())));
        return all;
    }

    @Override
    public synchronized Advisory post(HostId host, String kind, String source, String detail, Duration timeToLive) {
        said.removeIf(one -> is(one, host, kind, source));
        Advisory one = new Advisory(host, kind, source, detail, NOW, NOW.plus(timeToLive));
        said.add(one);
        return one;
    }

    @Override
    public synchronized void withdraw(HostId host, String kind, String source) {
        if (!said.removeIf(one -> is(one, host, kind, source))) {
            throw new ComputeException(ComputeException.Kind.NOT_FOUND, "Nothing of kind " + kind + " is in force.");
        }
    }

    private static boolean is(Advisory one, HostId host, String kind, String source) {
        return one.host().equals(host)
                && one.kind().equals(kind)
                && one.source().equals(source);
    }

    @Override
    public synchronized void weigh(HostId host, double weight, String by) {
        weights.put(host, weight);
    }

    @Override
    public synchronized int expire() {
        return 0;
    }
}
