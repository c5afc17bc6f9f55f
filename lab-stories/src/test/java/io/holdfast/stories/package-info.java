/**
 * Chaos on real processes: what breaks in a data centre is broken on the lab, and what Holdfast promised is looked at from
 * outside.
 *
 * <p>The stories speak to Holdfast as its users do, over the API (and now and then over the command line), and believe
 * nothing that it says of itself where the world can be asked instead: the guests' own ledgers on their disks say who
 * wrote when, and in which order; the kernel says what runs on which host, also on a host that is cut off or frozen.
 * A ledger forgets nothing, so "it was started nowhere meanwhile" is read from the number of boots in it, afterwards.
 *
 * <p>Classes share a lab of the shape that they need ({@link io.holdfast.stories.LabShape}), which is whole again before each
 * story ({@link io.holdfast.stories.OnTheLab}). Those without the tag {@code chaos} are told in every run of the tests: one of each
 * kind, which {@code docs/lab.md} lists. Where one lab start does for several kinds a story breaks several hosts at once, each in its own way, or one
 * after the other. Further ways of the same, and everything with three controllers, are told with {@code --chaos}. The test's own
 * process is not in a network of the lab and cannot be; its requests go through a child process that is
 * ({@link io.holdfast.stories.Relay}).
 *
 * <p>Recovery's settings are more impatient here than by default ({@link io.holdfast.stories.LabCluster}): fewer
 * attempts and shorter deadlines, so that a story about giving up takes seconds. What is decided is the same.
 */
@NullMarked
package io.holdfast.stories;

import org.jspecify.annotations.NullMarked;
