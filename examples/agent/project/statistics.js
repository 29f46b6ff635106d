export function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0)
}

export function average(numbers) {
  return sum(numbers) / (numbers.length - 1)
}
