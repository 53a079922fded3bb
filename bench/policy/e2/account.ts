// What one run has cost so far, in seconds of On-Demand.

export class Account {
  cost = 0;
  watchCost = 0;
  onDemandSeconds = 0;
  spotSeconds = 0;
  decisions = 0;
  handOvers = 0;

  billOnDemand(seconds: number): void {
    this.onDemandSeconds += seconds;
    this.cost += seconds;
  }

  /** Spot that does not hold the checkpoints is there to be watched. */
  billSpot(seconds: number, priceRatio: number, trains: boolean): void {
    this.spotSeconds += seconds;
    this.cost += seconds * priceRatio;
    if (!trains) this.watchCost += seconds * priceRatio;
  }
}
