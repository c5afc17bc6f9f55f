package io.holdfast.api;

import io.holdfast.api.nova.Books;
import io.holdfast.compute.ActualState;
import io.holdfast.compute.Aggregates;
import io.holdfast.compute.ConsoleAnswer;
import io.holdfast.compute.Diagnostics;
import io.holdfast.compute.DiagnosticsAnswer;
import io.holdfast.compute.KeyPairs;
import io.holdfast.compute.Quotas;
import io.holdfast.model.HostId;
import io.holdfast.model.ProjectId;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Key pairs in memory, no aggregates, and the limits that nobody has set. What writes the others is tested over the store. */
final class FakeBooks {

    private static final Diagnostics FIGURES = new Diagnostics(
            "running",
            "kvm",
            List.of(17L, 18L),
            524_288,
            131_072,
            List.of(new Diagnostics.Disk("vda", 1, 2, 3, 4, Diagnostics.UNKNOWN)),
            List.of(new Diagnostics.Card("tap7", "fa:16:3e:00:00:01", 1, 2, 3, 4, 5, 6, 7, 8)));

    private FakeBooks() {}

    static Books make() {
        return new Books(
                new Pairs(),
                new NoAggregates(),
                new DefaultQuotas(),
                one -> one.home() == null || one.actual() == ActualState.BUILDING
                        ? new ConsoleAnswer.Unknown("it has no home that could be asked")
                        : new ConsoleAnswer.Written("one\ntwo\u0007\nthree\n"),
                one -> one.name().startsWith("dark")
                        ? new DiagnosticsAnswer.Unknown("its home does not answer")
                        : new DiagnosticsAnswer.Known(FIGURES));
    }

    private static final class Pairs implements KeyPairs {
        private final List<KeyPair> pairs = new CopyOnWriteArrayList<>();

        @Override
        public List<KeyPair> list(String user) {
            return pairs.stream().filter(one -> one.user().equals(user)).toList();
        }

        @Override
        public Optional<KeyPair> find(String user, String name) {
            return list(user).stream().filter(one -> one.name().equals(name)).findFirst();
        }

        @Override
        public KeyPair add(KeyPair pair) {
            pairs.add(pair);
            return pair;
        }

        @Override
        public void delete(String user, String name) {
            pairs.removeIf(one -> one.user().equals(user) && one.name().equals(name));
        }
    }

    private static final class NoAggregates implements Aggregates {
        @Override
        public List<Aggregate> list() {
            return List.of();
        }

        @Override
        public Optional<Aggregate> find(int id) {
            return Optional.empty();
        }

        @Override
        public Aggregate create(String name, @Nullable String zone) {
            throw new UnsupportedOperationException("not in memory");
        }

        @Override
        public Aggregate rename(int id, String name) {
            throw new UnsupportedOperationException("not in memory");
        }

        @Override
        public void delete(int id) {
            throw new UnsupportedOperationException("not in memory");
        }

        @Override
        public Aggregate add(int id, HostId host) {
            throw new UnsupportedOperationException("not in memory");
        }

        @Override
        public Aggregate remove(int id, HostId host) {
            throw new UnsupportedOperationException("not in memory");
        }

        @Override
        public Aggregate changeMetadata(int id, Map<String, @Nullable String> changes) {
            throw new UnsupportedOperationException("not in memory");
        }
    }

    private static final class DefaultQuotas implements Quotas {
        @Override
        public Map<Resource, Integer> limits(@Nullable ProjectId project) {
            Map<Resource, Integer> limits = new EnumMap<>(Resource.class);
            for (Resource one : Resource.values()) {
                limits.put(one, one.otherwise());
            }
            return limits;
        }

        @Override
        public Map<Resource, Integer> used(ProjectId project) {
            return Map.of();
        }

        @Override
        public void set(@Nullable ProjectId project, Map<Resource, Integer> limits) {
            throw new UnsupportedOperationException("not in memory");
        }

        @Override
        public void reset(ProjectId project) {}
    }
}
