package io.holdfast.stories;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * One lab for all stories of this test run: brought up for the first, whole again after each, down after the last. A story
 * that fails carries the case's timeline and the ends of the logs with its failure.
 */
final class OnTheLab
        implements BeforeEachCallback, AfterEachCallback, TestExecutionExceptionHandler, ParameterResolver {

    private static final Namespace NAMESPACE = Namespace.create(OnTheLab.class);

    /** How many hosts the stories of a class need; three, if it does not say. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.TYPE)
    @interface Hosts {
        int value();
    }

    /** How many controllers the stories of a class need; one, if it does not say. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.TYPE)
    @interface Controllers {
        int value();
    }

    /** The stories of a class need hosts with a second fence level. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.TYPE)
    @interface Outlets {}

    /** The stories of a class need hosts that fence themselves, with that as their last fence level. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.TYPE)
    @interface Watchdogs {}

    /** The stories of a class need shared storage that a host can be cut off from. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.TYPE)
    @interface StorageByCable {}

    /** The stories of a class need agents that are in a group on the storage network as well. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.TYPE)
    @interface TwoNetworks {}

    /** The stories of a class need agents that are in groups on the storage and the tenant network as well. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.TYPE)
    @interface ThreeNetworks {}

    /** The stories of a class need a segment that gives a fenced host its power back, when it has rested for {@link LabCluster#REST}. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.TYPE)
    @interface PowerBack {}

    /**
     * The stories of a class are about how often something failed. Elsewhere nobody counts, because all stories make the same few
     * hosts fail.
     */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.TYPE)
    @interface GuardsAsShipped {}

    /** The lab that is up. */
    private static final class TheLab implements AutoCloseable {

        private @Nullable LabShape shape;
        private @Nullable LabCluster cluster;

        synchronized LabCluster with(LabShape wanted) {
            try {
                if (cluster != null && !wanted.equals(shape)) {
                    close();
                }
                LabCluster up = cluster;
                if (up == null) {
                    up = LabCluster.open(wanted);
                    shape = wanted;
                    cluster = up;
                }
                return up;
            } catch (IOException e) {
                throw new UncheckedIOException("the lab could not be brought up", e);
            }
        }

        @Override
        public synchronized void close() throws IOException {
            LabCluster old = cluster;
            cluster = null;
            if (old != null) {
                old.close();
            }
        }
    }

    /** Closed by JUnit together with the store that it is in, at the very end. */
    private static LabCluster cluster(ExtensionContext context) {
        return context.getRoot()
                .getStore(NAMESPACE)
                .computeIfAbsent(TheLab.class, _ -> new TheLab(), TheLab.class)
                .with(LabShape.of(context.getRequiredTestClass()));
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        cluster(context).beforeStory();
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        // A report of its own, without a trace: the trace of the failure says where, this says what was there.
        failure.addSuppressed(new Scene(cluster(context).report()));
        throw failure;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        LabCluster cluster = cluster(context);
        try {
            cluster.heal();
        } catch (RuntimeException | AssertionError failure) {
            failure.addSuppressed(new Scene(cluster.report()));
            throw failure;
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == LabCluster.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return cluster(context);
    }

    private static final class Scene extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Scene(String text) {
            super(text, null, false, false);
        }
    }
}
