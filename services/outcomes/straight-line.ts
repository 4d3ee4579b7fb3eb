import { linearRegression, linearRegressionLine, mean, sum } from 'simple-statistics';

/** A figure as statistics see it: its place in time, counted in periods, and its value. */
export type Point = [place: number, value: number];

/** A straight line by least squares, with what its scatter says of figures that are still to come. */
export interface Line {
  degreesOfFreedom: number;
  /** Its change from one period to the next. */
  slope: number;
  /** Whether the scatter leaves it open, at 95%, that there is no change at all. */
  maybeFlat: boolean;
  at(place: number): number;
  /** Half the width of the 95% prediction interval of the sum of the figures at these places; of one figure for one. */
  margin(places: readonly number[]): number;
}

export const fewestPoints = 5;

/** Student's t that 2.5% lie above, by degrees of freedom from 1 on. */
export const studentsT: readonly number[] = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788, 2.1604, 2.1448, 2.1314,
  2.1199, 2.1098, 2.1009, 2.093, 2.086, 2.0796, 2.0739,
];

/** The line through 5 to 24 points at different places. */
export function lineThrough(points: readonly Point[]): Line {
  const degreesOfFreedom = points.length - 2;
  const t = studentsT[degreesOfFreedom - 1];
  if (points.length < fewestPoints || t === undefined) throw new RangeError(`${points.length} points make no line.`);
  const fitted = linearRegression(points.map(([place, value]) => [place, value]));
  const at = linearRegressionLine(fitted);
  const middle = mean(points.map(([place]) => place));
  const spread = sum(points.map(([place]) => (place - middle) ** 2));
  const scatter = Math.sqrt(sum(points.map(([place, value]) => (value - at(place)) ** 2)) / degreesOfFreedom);
  return {
    degreesOfFreedom,
    at,
    slope: fitted.m,
    maybeFlat: Math.abs(fitted.m) <= (t * scatter) / Math.sqrt(spread),
    margin(places) {
      const reach = sum(places.map((place) => place - middle));
      return t * scatter * Math.sqrt(places.length + places.length ** 2 / points.length + reach ** 2 / spread);
    },
  };
}
